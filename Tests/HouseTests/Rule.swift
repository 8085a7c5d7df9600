import Foundation
import Testing

/// One thing that the guide forbids and a machine can see.
struct Rule: Sendable, CustomTestStringConvertible {
    let name: String
    let check: @Sendable (SourceFile) -> [Violation]
    var testDescription: String { name }

    struct Violation: CustomStringConvertible {
        let path: String
        let line: Int
        let text: String
        var description: String { "\(path):\(line): \(text)" }
    }

    init(_ name: String, _ check: @escaping @Sendable (SourceFile) -> [Violation]) {
        (self.name, self.check) = (name, check)
    }

    /// No line of code matches the pattern, but in rooms whose folder begins with one of `allowed`.
    init(_ name: String, forbids pattern: String, allowed: [String] = []) {
        let expression = Pattern(pattern)
        self.init(name) { file in
            guard !allowed.contains(where: { file.path.hasPrefix($0) }) else { return [] }
            return file.code.indices.compactMap { index in
                expression.matches(file.code[index])
                    ? Violation(path: file.path, line: index + 1, text: name) : nil
            }
        }
    }
}

extension Rule {
    /// Rules for every room that ships.
    static let ofSources: [Rule] = [
        Rule("no wall clock but WallClock", forbids: #"\bDate\(\)|\bDate\.now\b"#),
        Rule("no try!, try? or as!", forbids: #"\btry[!?]|\bas!"#),
        Rule("no print", forbids: #"(?<![\w.])(print|debugPrint|dump|NSLog)\("#),
        Rule(
            "no task outside Daemon", forbids: #"\bTask\s*(\{|\()|\bTask\.(detached|immediate)"#,
            allowed: ["Sources/Base/Daemon/"]),
        Rule(
            "no randomness but injected",
            forbids: #"\.random\((?!in: [^)]*using:)|\.randomElement\(\)|\.shuffled\(\)"#),
        Rule(
            "no sleep",
            forbids: #"\bTask\.sleep|\bThread\.sleep|(?<![\w.])(?<!func )(u|nano)?sleep\("#),
        Rule("nothing is public", forbids: #"(^|\s)(public|open)\s+(?!let\b$)[a-z@]"#),
        Rule("unsafe only in Base rooms that wrap C") { file in
            let room = Project.map.room(of: file.path)
            let wrapsC = room.map { room in
                room.folder.hasPrefix("Sources/Base/")
                    && (room.uses.contains { Project.map.libraries.contains($0) }
                        || ["Time", "Child"].contains(room.name))
            }
            guard wrapsC != true else { return [] }
            return Rule("unsafe outside", forbids: #"\bunsafe\b|@safe\b|\bUnsafe\w+"#).check(file)
        },
        Rule("@unchecked Sendable names what protects it") { file in
            file.code.indices.filter { file.code[$0].contains("@unchecked Sendable") }
                .filter { !comment(above: $0, in: file).contains("Sendable") }
                .map { Violation(path: file.path, line: $0 + 1, text: "protected by what?") }
        },
        Rule("a doc comment on every package declaration", undocumentedDoors),
        Rule("no Foundation in what ships") { file in
            imports(of: file).filter {
                ["Foundation", "FoundationNetworking", "FoundationXML", "Dispatch"].contains(
                    $0.module)
            }.map { Violation(path: file.path, line: $0.line, text: "imports \($0.module)") }
        },
    ]

    /// Rules for all Swift files.
    static let ofAll: [Rule] = [
        Rule("a line has at most 100 columns, a comment 110", longLines)
    ]

    /// Rules for the tests' own code.
    static let ofTests: [Rule] = [
        Rule(
            "nothing sleeps",
            forbids: #"\bTask\.sleep|\bThread\.sleep|(?<![\w.])(?<!func )(u|nano)?sleep\("#)
    ]

    /// Modules that a file imports, with their lines.
    static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
        file.code.enumerated().compactMap { index, line in
            guard line.contains("import") else { return nil }
            let words = line.split(separator: " ")
            guard let keyword = words.firstIndex(of: "import"), keyword + 1 < words.count else {
                return nil
            }
            let kinds: Set<Substring> = [
                "struct", "class", "enum", "func", "protocol", "let", "var",
            ]
            let rest = words[(keyword + 1)...].drop { kinds.contains($0) }
            guard let module = rest.first?.prefix(while: { $0 != "." }) else { return nil }
            return (String(module), index + 1)
        }
    }

    /// The comment right above a line, attributes between them passed over.
    private static func comment(above index: Int, in file: SourceFile) -> String {
        var lines: [Substring] = []
        for line in file.lines[..<index].reversed() {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("///") { lines.append(text) } else if !text.hasPrefix("@") { break }
        }
        return lines.reversed().joined(separator: "\n")
    }

    /// A door is a line that begins with `package` and declares something. What the standard
    /// library's protocols ask for needs no words.
    private static func undocumentedDoors(_ file: SourceFile) -> [Violation] {
        file.code.indices.filter { index in
            file.code[index].contains("package") && door.matches(file.code[index])
                && !witness.matches(file.code[index]) && comment(above: index, in: file).isEmpty
        }.map { Violation(path: file.path, line: $0 + 1, text: "a door without a doc comment") }
    }

    private static let door = Pattern(
        #"^\s*(@\w+(\([^)]*\))?\s+)*(\w+\s+)*?package(\(set\))?\s+(?!import\b|extension\b)\w"#)
    private static let witness = Pattern(
        #"func (==|<|>|hash\(into)|var (description|debugDescription|customMirror)\b|encode\(to "#
            + #"|init\(from decoder|func (next\(\)|makeIterator\(\))"#)

    /// A long literal may pass the mark, since breaking it would hide it from a search.
    private static func longLines(_ file: SourceFile) -> [Violation] {
        file.lines.indices.filter { file.lines[$0].utf8.count > 100 && file.lines[$0].count > 100 }
            .filter { index in
                let code = index < file.code.count ? file.code[index] : ""
                let isComment = file.lines[index].drop { $0 == " " }.hasPrefix("//")
                guard !file.literalLines.contains(index), !code.contains("\"") else { return false }
                return !isComment || file.lines[index].count > 110
            }
            .map { Violation(path: file.path, line: $0 + 1, text: "too long") }
    }
}

/// A regular expression, made once and used by many tests at a time.
struct Pattern: @unchecked Sendable {
    /// Immutable, and documented as safe to use from several threads.
    private let expression: NSRegularExpression

    init(_ pattern: String) {
        expression = try! NSRegularExpression(pattern: pattern)
    }

    func matches(_ text: String) -> Bool {
        expression.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count))
            != nil
    }
}
