/// A Swift file, taken apart so that rules see code only: comments and the insides of string
/// literals are gone, line numbers stay.
struct SourceFile: Sendable {
    let path: String
    let lines: [Substring]
    /// Each line without comments and without what stands in quotes; interpolated code stays.
    let code: [String]
    /// What stands in quotes, in order.
    let literals: [String]
    /// Lines that begin within quotes, counted from 0.
    let literalLines: Set<Int>

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var lexer = Lexer(text)
        lexer.run()
        code = lexer.code.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        literals = lexer.literals
        literalLines = lexer.literalLines
    }
}

/// Tells code, comments and literals apart. Knows nothing else of Swift.
private struct Lexer {
    private enum State: Equatable {
        case code
        /// Parentheses that are open within `\( )`.
        case interpolation(parentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
        case lineComment
        case blockComment(depth: Int)
    }

    private let bytes: [UInt8]
    private var position = 0
    private var states: [State] = [.code]
    private var output: [UInt8] = []
    private var literal: [UInt8] = []
    private var line = 0
    private(set) var literals: [String] = []
    private(set) var literalLines: Set<Int> = []

    var code: String { String(decoding: output, as: UTF8.self) }

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func run() {
        while position < bytes.count {
            switch states[states.count - 1] {
            case .code, .interpolation: stepInCode()
            case .string(let hashes, let isMultiline): stepInString(hashes, isMultiline)
            case .lineComment: stepInLineComment()
            case .blockComment(let depth): stepInBlockComment(depth)
            }
        }
    }

    private func sees(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { unsafe sees($0) }
    }

    private func sees(_ wanted: some RandomAccessCollection<UInt8>) -> Bool {
        guard position + wanted.count <= bytes.count else { return false }
        var index = position
        for byte in wanted {
            if bytes[index] != byte { return false }
            index += 1
        }
        return true
    }

    private mutating func stepInCode() {
        if sees("//") { return states.append(.lineComment) }
        if sees("/*") { return open(.blockComment(depth: 1), length: 2) }
        if let (hashes, isMultiline) = quoteAhead() {
            output.append(UInt8(ascii: "\""))
            return open(
                .string(hashes: hashes, isMultiline: isMultiline),
                length: hashes + (isMultiline ? 3 : 1))
        }
        if case .interpolation(let parentheses) = states[states.count - 1] {
            if sees("(") { states[states.count - 1] = .interpolation(parentheses: parentheses + 1) }
            if sees(")") {
                states[states.count - 1] = .interpolation(parentheses: parentheses - 1)
                if parentheses == 1 {
                    states.removeLast()
                    position += 1
                    return
                }
            }
        }
        if sees("\n") { endLine() } else { output.append(bytes[position]) }
        position += 1
    }

    private mutating func endLine() {
        output.append(UInt8(ascii: "\n"))
        line += 1
    }

    private func quoteAhead() -> (hashes: Int, isMultiline: Bool)? {
        var hashes = 0
        while position + hashes < bytes.count, bytes[position + hashes] == UInt8(ascii: "#") {
            hashes += 1
        }
        let quotes = position + hashes
        guard quotes < bytes.count, bytes[quotes] == UInt8(ascii: "\"") else { return nil }
        let isMultiline =
            quotes + 2 < bytes.count && bytes[quotes + 1] == bytes[quotes]
            && bytes[quotes + 2] == bytes[quotes]
        return (hashes, isMultiline)
    }

    private mutating func stepInString(_ hashes: Int, _ isMultiline: Bool) {
        let fence = [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
        if sees("\\"), sees([UInt8(ascii: "\\")] + fence + [UInt8(ascii: "(")]) {
            return open(.interpolation(parentheses: 1), length: 2 + hashes)
        }
        if hashes == 0, sees("\\") {
            let escape = bytes[position..<min(position + 2, bytes.count)]
            literal += escape
            if escape.last == UInt8(ascii: "\n") { beginLineInLiteral() }
            position += 2
            return
        }
        let end = [UInt8](repeating: UInt8(ascii: "\""), count: isMultiline ? 3 : 1) + fence
        if sees("\""), sees(end) {
            output.append(UInt8(ascii: "\""))
            position += end.count
            states.removeLast()
            literals.append(String(decoding: literal, as: UTF8.self))
            literal = []
            return
        }
        if sees("\n") { beginLineInLiteral() }
        literal.append(bytes[position])
        position += 1
    }

    private mutating func beginLineInLiteral() {
        endLine()
        literalLines.insert(line)
    }

    private mutating func stepInLineComment() {
        if sees("\n") {
            states.removeLast()
            return
        }
        position += 1
    }

    private mutating func stepInBlockComment(_ depth: Int) {
        if sees("/*") {
            states[states.count - 1] = .blockComment(depth: depth + 1)
            position += 2
            return
        }
        if sees("*/") {
            states.removeLast()
            if depth > 1 { states.append(.blockComment(depth: depth - 1)) }
            position += 2
            return
        }
        if sees("\n") { endLine() }
        position += 1
    }

    private mutating func open(_ state: State, length: Int) {
        states.append(state)
        position += length
    }
}
