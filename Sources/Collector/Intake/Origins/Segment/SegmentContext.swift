import JSON

/// The `context` of a message, before the one that its batch shares.
struct SegmentContext {
    let own: ForeignFields
    let shared: ForeignFields

    subscript(name: StaticString) -> JSONElement? { own[name] ?? shared[name] }

    func object(_ name: StaticString) -> ForeignFields { ForeignFields(self[name]) }

    func text(_ name: StaticString) -> String? { own.text(name) ?? shared.text(name) }

    func id(_ name: StaticString) -> String? { own.id(name) ?? shared.id(name) }

    /// Writes the shopper's device, for a server that speaks for them; of a browser the event writer
    /// takes the request's own facts.
    func writeClient(to writer: inout JSONWriter) {
        let screen = object("screen")
        writer.key("client")
        writer.object { writer in
            writer.member("ip", text("ip"))
            writer.member("user_agent", text("userAgent"))
            writer.member("language", text("locale"))
            if let width = screen.id("width"), let height = screen.id("height") {
                writer.member("screen", "\(width)x\(height)")
            }
        }
    }

    /// Writes what the shopper agreed to: under our own names, or under the categories of Segment's
    /// consent management. A device that forbids tracking denies advertising.
    func writeConsent(to writer: inout JSONWriter) {
        let consent = object("consent")
        let categories = consent.object("categoryPreferences")
        let isForbidden = object("device").flag("adTrackingEnabled") == false
        var answers: [(StaticString, Answer)] = []
        for (name, category, isAdvertising) in Self.purposes {
            if isAdvertising, isForbidden {
                answers.append((name, .word("denied")))
            } else if let word = consent.text(name), Self.words.contains(word) {
                answers.append((name, .word(word)))
            } else if let flag = consent.flag(name) ?? categories.flag(category) {
                answers.append((name, .flag(flag)))
            }
        }
        guard !answers.isEmpty else { return }
        writer.key("consent")
        writer.object { writer in
            for (name, answer) in answers {
                switch answer {
                case .word(let word): writer.member(name, word)
                case .flag(let flag): writer.member(name, flag)
                }
            }
        }
    }

    private enum Answer {
        case word(String)
        case flag(Bool)
    }

    private static let words = ["granted", "denied", "unknown"]
    private static let purposes:
        [(name: StaticString, category: StaticString, isAdvertising: Bool)] = [
            ("analytics", "Analytics", false), ("ad_user_data", "Advertising", true),
            ("ad_personalization", "Advertising", true),
        ]
}
