internal import JSON

/// The file of verdicts: `{"platform": …, "verdicts": [{"code", "class", "words", "fix", "hold_s",
/// "concerns_all"}]}`, at most 1 MB. What it says of a code replaces what is built in.
package enum VerdictFile {
    private static let bytesMax = 1_048_576
    private static let holdSecondsMax: Int64 = 90 * 86_400

    /// Reads a file over the built-in table.
    package static func read(
        _ bytes: [UInt8], platform: String, over base: VerdictTable
    ) throws(VerdictFileRefusal) -> VerdictTable {
        var parser = JSONParser(bytesMax: bytesMax, depthMax: 8)
        let malformed = { (_: JSONError) in VerdictFileRefusal.malformed }
        return try parser.parse(bytes.span, orThrow: malformed) {
            root throws(VerdictFileRefusal) in
            guard let name = root["platform"]?.string, let array = root["verdicts"]?.array
            else { throw .malformed }
            guard name == platform else { throw .otherPlatform }
            var verdicts = base.all
            for (index, element) in array.enumerated() {
                guard let verdict = verdict(element) else { throw .wrongEntry(index: index) }
                verdicts.append(verdict)
            }
            return VerdictTable(verdicts)
        }
    }

    private static func verdict(_ element: JSONElement) -> Verdict? {
        let known: Set = ["code", "class", "words", "fix", "hold_s", "concerns_all"]
        guard let members = element.object,
            members.allSatisfy({ known.contains($0.key.string ?? "") }),
            let code = element["code"]?.string, PlatformCode.clean(code) == code,
            let kind = element["class"]?.string.flatMap(Verdict.Class.init),
            let words = element["words"]?.string, (1...500).contains(words.utf8.count)
        else { return nil }
        let hold = element["hold_s"]?.int64
        guard (kind == .holdUntil) == (hold.map { (1...holdSecondsMax).contains($0) } == true)
        else { return nil }
        return Verdict(
            code, kind, words: words, fix: element["fix"]?.string ?? "",
            holdFor: hold.map { .seconds($0) },
            concernsAll: element["concerns_all"]?.bool ?? false)
    }

    /// Writes a table as such a file, a verdict a line.
    package static func write(_ table: VerdictTable, platform: String) -> [UInt8] {
        var text = Array("{\"platform\":\"\(platform)\",\"verdicts\":[".utf8)
        for (index, verdict) in table.all.enumerated() {
            var json = JSONWriter()
            json.object { members(of: verdict, &$0) }
            text += (index == 0 ? "\n" : ",\n").utf8
            text += json.bytes
        }
        return text + "\n]}\n".utf8
    }

    private static func members(of verdict: Verdict, _ json: inout JSONWriter) {
        json.key("code")
        json.string(verdict.code)
        json.key("class")
        json.string(verdict.kind.rawValue)
        json.key("words")
        json.string(verdict.words)
        json.key("fix")
        json.string(verdict.fix)
        if let hold = verdict.holdFor {
            json.key("hold_s")
            json.integer(hold.components.seconds)
        }
        if verdict.concernsAll {
            json.key("concerns_all")
            json.bool(true)
        }
    }
}

/// Why a file of verdicts is not taken; then the built-in ones stay in force.
package enum VerdictFileRefusal: Error, Equatable {
    /// It is not such JSON, or larger than 1 MB.
    case malformed
    /// It is for another platform.
    case otherPlatform
    /// An entry, counted from 0, has an unknown member or class, no code, no words, or a wrong time.
    case wrongEntry(index: Int)

    /// What is wrong, for the operator.
    package var sentence: String {
        switch self {
        case .malformed: "The file of verdicts is not the JSON that aggregator/verdicts shows."
        case .otherPlatform: "The file of verdicts is for another platform."
        case .wrongEntry(let index):
            "The file of verdicts has a wrong entry, number \(index + 1)."
        }
    }
}
