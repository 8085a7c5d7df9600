import Foundation
import Testing

/// Goal: no file of the project holds a note to self or a path of one machine. Method: words put
/// together here, so that this file does not hold them, looked for in every text file.
@Suite struct LeftoverTests {
    static let words = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]
    static let paths = [
        "/wo" + "rk/", "/ho" + "me/", "/Us" + "ers/", "/ro" + "ot/", "/tm" + "p/convey",
    ]

    static func findings(in text: String) -> [String] {
        let pattern = #"\b("# + words.joined(separator: "|") + #")\b"#
        let found = text.range(of: pattern, options: .regularExpression).map { String(text[$0]) }
        return [found].compactMap(\.self)
            + paths.filter { path in
                text.range(of: "(?<![\\w.~}])" + path, options: .regularExpression) != nil
            }
    }

    @Test func noneIsLeft() {
        for path in Project.allPaths where !path.hasSuffix(".png") {
            let found = Self.findings(in: Project.text(of: path))
            #expect(found.isEmpty, "\(path): \(found)")
        }
    }

    @Test func theyWouldBeFound() {
        for word in Self.words { #expect(!Self.findings(in: "// \(word): later").isEmpty) }
        for path in Self.paths { #expect(!Self.findings(in: "cd \(path)x").isEmpty) }
        #expect(Self.findings(in: "mktemp XXXXXX, framework/, the todo list").isEmpty)
    }
}
