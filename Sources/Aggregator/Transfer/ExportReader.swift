import JSON

/// Reads an export step by step. Checks that each block is as it was written, that tables begin and end in
/// turn, and that each holds the rows that its end states. Trusts none of it: an export may come from a
/// disk or over a wire that damaged it.
struct ExportReader: ~Copyable {
    /// What comes next.
    enum Step: Sendable {
        case table(ExportTable)
        /// Some rows of the table that was begun.
        case rows(RowBatch)
        case tableEnd(ExportTableEnd)
        case end(ExportEnd)
    }

    /// What a line is.
    private enum Line {
        case row
        case step(Step)
    }

    let head: ExportHead
    private let blocks: ExportBlockReader
    private var parser: JSONParser
    private var digests = RowLines()
    private var block: [UInt8]
    private var lines: JSONLines
    private var table: ExportTable?
    private var tables: Int64 = 0
    private var rows: Int64 = 0
    /// A line that ended a batch of rows and is told next.
    private var held: Step?

    /// Reads the head.
    /// - Parameter next: gives so many bytes of the file, fewer at its end.
    init(_ next: @escaping (Int) throws -> [UInt8]) throws {
        let blocks = ExportBlockReader(next)
        let block: [UInt8]
        do {
            block = try blocks.block() ?? []
        } catch TransferRefusal.damaged {
            throw TransferRefusal.notAnExport
        }
        var lines = Self.linesOfBlock
        guard let line = try Self.next(&lines, in: block) else { throw TransferRefusal.notAnExport }
        var parser = JSONParser(bytesMax: ExportBlock.contentBytesMax)
        func refusal(_: JSONError) -> TransferRefusal { .notAnExport }
        head = try parser.parse(block.span.extracting(line), orThrow: refusal) {
            element throws(TransferRefusal) in try ExportHead(element)
        }
        self.blocks = blocks
        self.block = block
        self.lines = lines
        self.parser = parser
    }

    private static var linesOfBlock: JSONLines {
        JSONLines(
            lineBytesMax: ExportBlock.contentBytesMax, linesMax: ExportBlock.contentBytesMax)
    }

    /// The next step; the last one is `end`.
    mutating func next() throws -> Step {
        if let held {
            self.held = nil
            return held
        }
        var batch = table.map { RowBatch(of: $0.columns) }
        while true {
            switch try nextLine(&batch) {
            case .row:
                if let full = batch, full.isFull { return .rows(full) }
            case .step(let step):
                guard let batch, batch.rows > 0 else { return step }
                held = step
                return .rows(batch)
            }
        }
    }

    private mutating func nextLine(_ batch: inout RowBatch?) throws -> Line {
        while true {
            guard let range = try Self.next(&lines, in: block) else {
                guard let next = try blocks.block() else { throw TransferRefusal.cutOff }
                block = next
                lines = Self.linesOfBlock
                continue
            }
            return try read(range, &batch)
        }
    }

    private mutating func read(_ range: Range<Int>, _ batch: inout RowBatch?) throws -> Line {
        let block = block
        func refusal(_: JSONError) -> TransferRefusal { .damaged }
        let step = try parser.parse(block.span.extracting(range), orThrow: refusal) {
            element throws(TransferRefusal) -> Step? in
            guard element.array == nil else {
                guard batch?.add(element, bytes: range.count) == true else { throw .damaged }
                return nil
            }
            return try Self.step(element)
        }
        guard let step else {
            digests.add(line: block.span.extracting(range))
            return .row
        }
        try enter(step)
        return .step(step)
    }

    private static func step(_ element: JSONElement) throws(TransferRefusal) -> Step {
        if let table = ExportTable(element) { return .table(table) }
        if let end = ExportTableEnd(element) { return .tableEnd(end) }
        if let end = ExportEnd(element) { return .end(end) }
        throw .damaged
    }

    /// Holds each step against the ones before it.
    private mutating func enter(_ step: Step) throws(TransferRefusal) {
        switch step {
        case .table(let next):
            guard table == nil else { throw .damaged }
            table = next
        case .tableEnd(let end):
            let digest = digests.finishTable()
            guard table?.name == end.name, digest.rows == end.rows, digest.hex == end.digest
            else { throw .damaged }
            table = nil
            tables += 1
            rows += end.rows
        case .end(let end):
            guard table == nil, end.tables == tables, end.rows == rows else { throw .damaged }
        case .rows: break
        }
    }

    private static func next(
        _ lines: inout JSONLines, in block: [UInt8]
    ) throws(TransferRefusal) -> Range<Int>? {
        do throws(JSONLines.Refusal) {
            return try lines.next(in: block.span)?.range
        } catch {
            throw .damaged
        }
    }
}
