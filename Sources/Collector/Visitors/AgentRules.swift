import ConveyProtocol

/// The tables of names as one index: what a word, or two, say of program, system and device.
struct AgentRules: Sendable {
    static let shared = AgentRules()

    /// What one key says; rows of the tables, the lowest of which wins.
    struct Marks: Sendable {
        var browser = AgentFindings.none
        var system = AgentFindings.none
        var device = AgentFindings.none
        var isBot = false
        var isMobile = false
        var isWebView = false
        var isForDesktops = false
    }

    private var marks: [AgentWords.Key: Marks] = [:]
    private let phoneRow =
        DeviceNames.rows.firstIndex { $0.kind == .mobile } ?? AgentFindings.none

    private init() {
        for (row, names) in BrowserNames.rows.enumerated() {
            note(names.words) { $0.browser = min($0.browser, row) }
        }
        for (row, names) in SystemNames.rows.enumerated() {
            note(names.words) { $0.system = min($0.system, row) }
        }
        for (row, names) in DeviceNames.rows.enumerated() {
            note(names.words) { $0.device = min($0.device, row) }
        }
        note(BotNames.words) { $0.isBot = true }
        note(["mobile", "mobi", "phone", "dalvik", "opera mini"]) { $0.isMobile = true }
        note(["wv"]) { $0.isWebView = true }
        note(["x86 64", "i386"]) { $0.isForDesktops = true }
    }

    private mutating func note(_ words: [String], _ change: (inout Marks) -> Void) {
        for word in words { change(&marks[AgentWords.Key(word), default: Marks()]) }
    }

    /// Collects what a text says.
    func findings(in text: String?) -> AgentFindings {
        var findings = AgentFindings()
        guard let text else { return findings }
        AgentWords.scan(text) { word, keys in
            if isBotName(word) { findings.isBot = true }
            if isPhoneName(word) { findings.device = min(findings.device, phoneRow) }
            for key in [keys.word, keys.letters, keys.pair, keys.pairOfLetters] {
                guard let key, let marks = marks[AgentWords.Key(key)] else { continue }
                findings.add(marks)
            }
        }
        return findings
    }

    private func isPhoneName(_ word: Span<UInt8>) -> Bool {
        DeviceNames.phones.contains { word.count > $0.utf8.count && Self.matches(word, at: 0, $0) }
    }

    private func isBotName(_ word: Span<UInt8>) -> Bool {
        let isNamed =
            BotNames.endings.contains { Self.ends(word, with: $0) }
            || BotNames.parts.contains { Self.holds(word, $0) }
        return isNamed && !BotNames.exceptions.contains { Self.ends(word, with: $0) }
    }

    private static func ends(_ word: Span<UInt8>, with text: String) -> Bool {
        let count = text.utf8.count
        return word.count >= count && matches(word, at: word.count - count, text)
    }

    private static func holds(_ word: Span<UInt8>, _ text: String) -> Bool {
        let last = word.count - text.utf8.count
        return last >= 0 && (0...last).contains { matches(word, at: $0, text) }
    }

    private static func matches(_ word: Span<UInt8>, at start: Int, _ text: String) -> Bool {
        var index = start
        for byte in text.utf8 {
            guard word[index] == byte else { return false }
            index += 1
        }
        return true
    }
}

/// What the words of a text said together.
struct AgentFindings {
    /// No row.
    static let none = Int.max

    var browser = none
    var system = none
    var device = none
    var isBot = false
    var isMobile = false
    var isWebView = false
    /// Built for a processor that no phone has.
    var isForDesktops = false

    mutating func add(_ marks: AgentRules.Marks) {
        browser = min(browser, marks.browser)
        system = min(system, marks.system)
        device = min(device, marks.device)
        isBot = isBot || marks.isBot
        isMobile = isMobile || marks.isMobile
        isWebView = isWebView || marks.isWebView
        isForDesktops = isForDesktops || marks.isForDesktops
    }
}
