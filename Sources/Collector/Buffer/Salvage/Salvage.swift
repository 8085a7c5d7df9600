import ConveyProtocol
import Crypto
import Daemon
import SQLite
import Time

/// Saves what can be read of a damaged file into the buffer. The damaged file is moved aside, never
/// deleted. A small one is saved at once, a large one beside all other work; a process that dies on the
/// way goes on when it starts again.
extension BufferWriter {
    /// What one transaction takes: both keep what waits for a commit from waiting long.
    private static let rowsPerStep = 64
    private static let bytesPerStep = 4_194_304
    /// Steps at once, at the start and once a second.
    private static let stepsAtOnce = 16

    /// Moves the file aside and begins a new one with what it still tells.
    func salvage() {
        let aside = unusedName()
        do throws(SystemFault) {
            try SalvageNote(path: aside, isOwn: true).write(beside: place)
            for suffix in ["-wal", ""] where BoundedFile.exists(place.path + suffix) {
                try DiskFile.move(place.path + suffix, to: aside + suffix)
            }
            DiskFile.remove(place.path + "-shm")
        } catch {
            tools.log.error(
                "The damaged buffer cannot be moved aside.",
                [.cause: error.cause, .remedy: error.remedy])
            return
        }
        damagedFiles.append(aside)
        tools.log.error(
            "The buffer was damaged and moved aside; a new one carries on with what can be read.",
            [.path: aside])
        state = nil
        trouble = .failed
        open()
    }

    /// A name that nothing has, for a damaged file.
    func unusedName() -> String {
        let base = place.path + ".damaged-\(tools.wall.now().unixSeconds)"
        var name = base
        var number = 1
        while ["", "-wal"].contains(where: { BoundedFile.exists(name + $0) }) {
            number += 1
            name = "\(base)-\(number)"
        }
        return name
    }

    // MARK: The new file

    /// The first state of a new file: where it takes the place of a damaged one, it carries on.
    func made(in file: BufferFile) throws(SQLiteError) -> BufferState {
        guard let note = SalvageNote.read(beside: place), note.isOwn,
            BoundedFile.exists(note.path) || BoundedFile.exists(note.path + "-wal")
        else { return try file.write { () throws(SQLiteError) in try made(in: file, nil) } }
        let salvager = Salvager(note.path)
        let remains = salvager.remains
        if salvager.faults > 0 {
            tools.log.warning(
                "Parts of the damaged buffer cannot be read.", [LogField("parts"): salvager.faults])
        }
        return try file.write { () throws(SQLiteError) in
            var state = try made(in: file, remains.state)
            try carryOver(remains, to: file, &state)
            try file.keep(record(of: remains).text, as: salvager.recordName)
            return state
        }
    }

    private func record(of remains: Salvager.Remains) -> SalvageRecord {
        var record = SalvageRecord()
        guard let state = remains.state else { return record }
        record.expected = PerLane { lane in state.pending(lane) - state.returning[lane] }
        for lane in Lane.allCases {
            record.floors[lane] = state.lanes[lane].receipted
            for gap in remains.gaps[lane] { record.taken[lane].insert(gap.first...gap.last) }
        }
        return record
    }

    /// Carries over all that is no event; what of the events was pending is counted when it is found.
    private func carryOver(
        _ remains: Salvager.Remains, to new: BufferFile, _ state: inout BufferState
    ) throws(SQLiteError) {
        for (name, value) in remains.kept { try new.keep(value, as: name) }
        try new.addRefused(epoch: 0, remains.refusedTotals)
        for lane in Lane.allCases {
            for (reason, count) in remains.gapTotals[lane] {
                try new.addToGapTotal(lane, Gap.Reason(reason) ?? .damaged, count)
            }
            guard let old = remains.state?.lanes[lane] else { continue }
            state.lanes[lane].receiptedCount = old.receiptedCount
            state.lanes[lane].quarantinedCount = old.quarantinedCount
            if let chain = remains.chainAtReceipt[lane] { state.lanes[lane].chainStart = chain }
        }
        for (batch, body) in remains.quarantined { try carryOver(batch, body, to: new, &state) }
        for lane in Lane.allCases {
            let figures = state.lanes[lane]
            state.lanes[lane].storedCount =
                figures.receiptedCount + figures.quarantinedCount + state.pending(lane)
                + remains.gapTotals[lane].values.reduce(0, +)
            try new.update(lane, state.lanes[lane])
        }
    }

    /// What came back from the quarantine and waits gets new numbers; of the rest it is enough to
    /// know that it was there.
    private func carryOver(
        _ batch: QuarantinedBatch, _ body: [UInt8], to new: BufferFile, _ state: inout BufferState
    ) throws(SQLiteError) {
        try new.setAside(QuarantineFile(batch), count: Int(batch.count), at: tools.wall.now())
        guard batch.state != .aside,
            let row = try new.quarantined(batch.epoch, batch.lane, from: batch.firstSeq)
        else { return }
        try new.move(row, to: .returned, done: (row.lastSeq, row.count), at: tools.wall.now())
        guard batch.state == .waiting,
            let bytes = lines.unpack(body, lineByteCount: batch.lineByteCount)
        else { return }
        _ = try append(bytes, behind: batch.doneSeq, to: batch.lane, in: new, &state)
    }

    /// Reads the file whole; a damaged one is let go, so that the next upkeep moves it aside. One that
    /// was found damaged when it was opened is already being saved.
    func isDamaged() throws(BufferFault) -> Bool {
        guard file != nil else { throw .closed("check the buffer") }
        guard salvageNote == nil else { return true }
        do throws(SQLiteError) {
            guard let file, try !file.connection.check(.full).isEmpty else { return false }
        } catch {
            guard error.kind == .corrupt else { throw BufferFault("check the buffer", error) }
        }
        abandon(.damaged)
        door.withDoor { $0.closed = .diskFault }
        return true
    }

    // MARK: Step by step

    /// Saves what a note beside the file asks for, or goes on with it.
    func saveSome() {
        guard file != nil, let note = salvageNote else { return }
        for _ in 0..<Self.stepsAtOnce {
            guard step(note) else { return }
            commitWaiting()
        }
    }

    /// How many events of a damaged file were saved so far.
    func savedCount(of path: String) throws(BufferFault) -> Int64 {
        let name = Salvager.recordName(of: path)
        let record = try perform("read what was saved") { (file, _) throws(SQLiteError) in
            try file.kept(name).flatMap(SalvageRecord.init(text:))
        }
        return Lane.allCases.reduce(0) { $0 + (record?.saved[$1] ?? 0) }
    }

    /// Begins to save another damaged file's events.
    /// - Returns: how many were saved of it before.
    func beginSalvage(of path: String) throws(BufferFault) -> Int64 {
        guard salvageNote == nil else { throw .isSalvaging }
        let before = try savedCount(of: path)
        do throws(SystemFault) {
            _ = try FileReader(path)
            let note = SalvageNote(path: path, isOwn: false)
            try note.write(beside: place)
            salvageNote = note
        } catch {
            throw BufferFault(
                operation: error.operation, cause: error.cause, remedy: error.remedy)
        }
        publish()
        return before
    }

    /// Takes up what was begun before this process.
    func resumeSalvage() {
        salvageNote = SalvageNote.read(beside: place)
        publish()
        saveSome()
    }

    /// One transaction; false when nothing is left to do now.
    private func step(_ note: SalvageNote) -> Bool {
        guard let file, usedBytes + Int64(Self.bytesPerStep) < place.limits.bytesMax else {
            return false
        }
        do {
            let salvager = try salvager(note, file)
            guard var record = salvageRecord, !record.isDone else {
                endSalvage(note)
                return false
            }
            let rows = Self.rows(salvager, &record)
            record.isDone = rows.isEmpty
            try store(rows, record, salvager)
            salvageRecord = record
            return true
        } catch {
            // The step was not made; the next one begins anew from what the file says.
            salvager = nil
            return false
        }
    }

    private func salvager(
        _ note: SalvageNote, _ file: BufferFile
    ) throws(SQLiteError) -> Salvager {
        if let salvager, salvager.path == note.path { return salvager }
        let opened = Salvager(note.path)
        salvager = opened
        if let text = try file.kept(opened.recordName), let known = SalvageRecord(text: text) {
            salvageRecord = known
        } else {
            salvageRecord = record(of: opened.remains).withoutExpectation
        }
        return opened
    }

    /// The next rows, without what is not wanted or was taken before.
    private static func rows(_ salvager: Salvager, _ record: inout SalvageRecord) -> [Chunk] {
        var rows: [Chunk] = []
        var byteCount = 0
        while rows.count < rowsPerStep, byteCount < bytesPerStep, let chunk = salvager.next() {
            guard let row = salvager.rest(of: chunk, record) else { continue }
            record.taken[chunk.lane].insert(chunk.first...chunk.last)
            record.saved[chunk.lane] += row.count
            rows.append(row)
            byteCount += row.lineByteCount
        }
        return rows
    }

    private func store(
        _ rows: [Chunk], _ record: SalvageRecord, _ salvager: Salvager
    ) throws(BufferFault) {
        try advance("save events of a damaged buffer") { (file, next) throws(SQLiteError) in
            for row in rows {
                let first = next.lanes[row.lane].assigned + 1
                try file.insert(row.moved(to: first))
                next.lanes[row.lane].assigned += row.count
                next.lanes[row.lane].storedCount += row.count
            }
            if record.isDone { try giveUpLost(record, in: file, &next) }
            try file.keep(record.text, as: salvager.recordName)
        }
    }

    /// What should have been found and was not gets numbers and a gap: both sides' books say so.
    private func giveUpLost(
        _ record: SalvageRecord, in file: BufferFile, _ state: inout BufferState
    ) throws(SQLiteError) {
        for lane in Lane.allCases where record.lost(lane) > 0 {
            let first = state.lanes[lane].assigned + 1
            state.lanes[lane].assigned += record.lost(lane)
            state.lanes[lane].storedCount += record.lost(lane)
            state.gapsAhead[lane] += try file.cover(
                lane, first...state.lanes[lane].assigned, .damaged)
            try file.addToGapTotal(lane, .damaged, record.lost(lane))
        }
    }

    private func endSalvage(_ note: SalvageNote) {
        let record = salvageRecord ?? SalvageRecord()
        salvager = nil
        salvageRecord = nil
        SalvageNote.remove(beside: place)
        salvageNote = nil
        let lost = Lane.allCases.reduce(0) { $0 + record.lost($1) }
        let saved = Lane.allCases.reduce(0) { $0 + record.saved[$1] }
        tools.log.notice(
            "What could be read of a damaged buffer is saved.",
            [.path: note.path, .events: Int(saved), LogField("lost"): Int(lost)])
        publish()
    }
}

extension SalvageRecord {
    /// Of a file that is not this buffer's own nobody knows what should be found.
    fileprivate var withoutExpectation: SalvageRecord {
        var record = self
        record.expected = nil
        return record
    }
}

extension Chunk {
    /// The same events under other numbers.
    fileprivate func moved(to first: Int64) -> Chunk {
        Chunk(
            lane: lane, first: first, last: first + count - 1, oldest: oldest,
            lineByteCount: lineByteCount, basis: basis, body: body)
    }
}

extension Salvager {
    /// What the buffer calls the record of a file.
    static func recordName(of path: String) -> String { "salvage-\(fingerprint(of: path))" }

    /// A row without the events that are not wanted or were taken before; nil where none is left.
    func rest(of chunk: Chunk, _ record: SalvageRecord) -> Chunk? {
        guard let (bytes, starts) = unpack(chunk) else { return nil }
        var rest: [UInt8] = []
        var count: Int64 = 0
        for position in chunk.first...chunk.last
        where position > record.floors[chunk.lane]
            && !record.taken[chunk.lane].contains(position)
        {
            let index = Int(position - chunk.first)
            rest += bytes[starts[index]..<starts[index + 1]]
            count += 1
        }
        guard count > 0 else { return nil }
        guard count < chunk.count else { return chunk }
        guard let body = pack(rest) else { return nil }
        return Chunk(
            lane: chunk.lane, first: chunk.first, last: chunk.first + count - 1,
            oldest: chunk.oldest, lineByteCount: rest.count, basis: chunk.basis, body: body)
    }
}

extension BufferFault {
    static let isSalvaging = BufferFault(
        operation: "save a damaged buffer", cause: "another one is still being saved",
        remedy: "Wait until status does not speak of it any more.")
}
