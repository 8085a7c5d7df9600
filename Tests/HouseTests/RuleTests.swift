import Testing

/// Goal: each rule catches what it forbids and nothing else. Method: a bad and a good sample a rule.
@Suite struct RuleTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let rule: String
        let bad: [String]
        let good: [String]
        var path = "Sources/Collector/Intake/Sample.swift"
        var testDescription: String { rule }
    }

    static let samples: [Sample] = [
        Sample(
            rule: "no wall clock but WallClock", bad: ["let now = Date()", "x = Date.now"],
            good: ["clock.now()", "// Date()", #"let text = "Date()""#, "let day: Date"]),
        Sample(
            rule: "no try!, try? or as!",
            bad: ["try! f()", "let x = try? f()", "y as! Z", #""\(try! f())""#],
            good: ["try f()", "y as? Z", "/* try! */ f()", ##"#"try! "x""#"##]),
        Sample(
            rule: "no print", bad: ["print(1)", "  debugPrint(x)", "dump(x)"],
            good: ["kind.print(x)", "let blueprint(x)", "\"\"\"\nprint(1)\n\"\"\""]),
        Sample(
            rule: "no task outside Daemon",
            bad: ["Task { }", "Task.detached { }", "Task(priority: .high) { }"],
            good: [
                "withTaskGroup(of: Int.self) { }", "var task: Task<Void, Never>",
                "Task.isCancelled",
            ]),
        Sample(
            rule: "no randomness but injected",
            bad: ["Int.random(in: 0...1)", "x.randomElement()", "x.shuffled()"],
            good: ["Int.random(in: 0...1, using: &generator)", "x.shuffled(using: &g)"]),
        Sample(
            rule: "no sleep", bad: ["try await Task.sleep(for: x)", "sleep(1)", "usleep(1)"],
            good: ["try await clock.sleep(for: x)", "asleep(1)", "func sleep(until: x)"]),
        Sample(
            rule: "nothing is public",
            bad: ["public struct X", "  open class Y", "@frozen public enum Z {"],
            good: ["package struct X", "let open = 1", "open(path)"]),
        Sample(
            rule: "unsafe only in Base rooms that wrap C",
            bad: ["unsafe f()", "@safe struct X", "let p: UnsafeRawPointer"],
            good: ["let unsafely = 1", "// unsafe"]),
        Sample(
            rule: "@unchecked Sendable names what protects it",
            bad: [
                "final class X: @unchecked Sendable {", "/// X.\nclass X: @unchecked Sendable {",
            ],
            good: ["/// `@unchecked Sendable`: the lock.\nclass X: @unchecked Sendable {"]),
        Sample(
            rule: "a doc comment on every package declaration",
            bad: [
                "package struct X {}", "// plain\npackage func f()", "    package static let a = 1",
                "/// A.\n\npackage init() {}", "@inline(__always)\npackage func f()",
                "    nonisolated package var x: Int", "package private(set) var x = 1",
            ],
            good: [
                "/// X.\npackage struct X {}", "/// F.\n@inline(__always)\npackage func f()",
                "package import Time", "let package = 1", "struct X {}",
                "package static func == (left: X, right: X) -> Bool",
            ]),
        Sample(
            rule: "no Foundation in what ships",
            bad: [
                "import Foundation", "private import Foundation", "@preconcurrency import Dispatch",
            ],
            good: ["import FoundationEssentials", "// import Foundation"]),
        Sample(
            rule: "a line has at most 100 columns, a comment 110",
            bad: [
                String(repeating: "x", count: 101), "// " + String(repeating: "x", count: 108),
                "    /// " + String(repeating: "é", count: 103),
            ],
            good: [
                String(repeating: "é", count: 100),
                "\"" + String(repeating: "x", count: 200) + "\"",
                "\"\"\"\n" + String(repeating: "x", count: 200) + "\\(a)\\\n\n\"\"\"",
            ]),
        Sample(
            rule: "nothing sleeps", bad: ["try await Task.sleep(for: .seconds(1))", "usleep(10)"],
            good: ["clock.advance(by: .seconds(1))"]),
    ]

    static let rules = Rule.ofSources + Rule.ofAll + Rule.ofTests

    @Test func everyRuleHasASample() {
        #expect(Self.rules.map(\.name).sorted() == Self.samples.map(\.rule).sorted())
    }

    @Test(arguments: samples) func catchesTheBadAndPassesTheGood(sample: Sample) throws {
        let rule = try #require(Self.rules.first { $0.name == sample.rule })
        for text in sample.bad {
            #expect(!rule.check(SourceFile(path: sample.path, text: text)).isEmpty, "\(text)")
        }
        for text in sample.good {
            #expect(rule.check(SourceFile(path: sample.path, text: text)).isEmpty, "\(text)")
        }
    }

    @Test func allowsInDaemonWhatIsForbiddenElsewhere() {
        let file = SourceFile(path: "Sources/Base/Daemon/X.swift", text: "Task { unsafe f() }")
        #expect(Rule.ofSources.flatMap { $0.check(file) }.isEmpty)
    }

    @Test func tellsLinesRightAfterComments() {
        let file = SourceFile(
            path: "Sources/X.swift", text: "/* a\n/* b */\n*/\n\"\"\"\n\\(1)\\\n\"\"\"\ntry!")
        #expect(file.code.firstIndex { $0.contains("try!") } == 6)
        #expect(file.literals == ["\n\\\n"])
    }

    @Test func findsTheEndOfNestedLiterals() {
        let text = ##"f("a\(g(h("b)")))c", #"raw "quote" \(x)"#) + try!"##
        let file = SourceFile(path: "x", text: text)
        #expect(file.code == [##"f("g(h(""))", "") + try!"##])
        #expect(file.literals.last == ##"raw "quote" \(x)"##)
    }
}
