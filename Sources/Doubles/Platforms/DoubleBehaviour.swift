internal import FoundationEssentials
internal import JSON

/// How the double of Google behaves; all of it can be changed while it runs. As JSON its members are
/// in snake case, and what is left out keeps its value.
package struct DoubleBehaviour: Codable, Sendable, Equatable {
    /// What the double knows of a click.
    package struct Click: Codable, Sendable, Equatable {
        /// Why conversions of it are refused at processing: `PROCESSING_ERROR_REASON_…`.
        package var reason: String?
        /// When it happened, RFC 3339: then an earlier conversion precedes it, and one that comes
        /// within six hours of it is too recent.
        package var clickedAt: String?

        /// Knows nothing by default.
        package init(reason: String? = nil, clickedAt: String? = nil) {
            (self.reason, self.clickedAt) = (reason, clickedAt)
        }
    }

    /// Which requests fail.
    package var faults: [DoubleEndpoint: FaultScript] = [:]
    /// Determines what happens by chance; setting it starts anew.
    package var seed = 1
    /// From an accepted request to its verdict.
    package var verdictDelayMs = 0
    /// How late a slow answer is.
    package var slowMs = 2000
    /// Whether refusals name the fields, and verdicts the records; the real ones do the first only.
    package var fieldIndices = true
    /// Whether verdicts name the records: a member that the real interface does not have.
    package var recordIndices = false
    /// Whether credentials are taken at all; false answers `invalid_grant` and voids every token.
    package var credentialsValid = true
    /// How long access tokens live.
    package var tokenLifeS = 3600
    /// Refuses every token that was handed out before it was raised.
    package var tokenGeneration = 0
    /// Why requests for a conversion action are refused, by its number: `INVALID_CONVERSION_ACTION_ID`.
    package var actions: [String: String] = [:]
    /// Clicks by the id's value.
    package var clicks: [String: Click] = [:]
    /// Click ids shorter than this cannot be decoded: real ones are cut off at times.
    package var clickLengthMin = 16
    /// What a transaction id that is known already means: true refuses equal events as duplicates.
    package var refusesDuplicates = false
    /// Requests a minute before 429; 0 for no limit.
    package var requestsPerMinute = 0

    /// A double that never fails.
    package init() {}

    /// Reads settings over these; unknown members, kinds and words are refused.
    /// - Throws: `DoubleRefusal`, with the first member that is wrong.
    func changed(by json: [UInt8]) throws(DoubleRefusal) -> DoubleBehaviour {
        var parser = JSONParser(bytesMax: 33_554_432, depthMax: 16)
        let refusal = { (_: JSONError) in DoubleRefusal(what: "The body is not JSON.") }
        let whole = try parser.parse(json.span, orThrow: refusal) {
            root throws(DoubleRefusal) in try merged(with: root)
        }
        do {
            return try JSONDecoder().decode(DoubleBehaviour.self, from: Data(whole))
        } catch {
            throw DoubleRefusal(what: "A member has a wrong kind or an unknown word.")
        }
    }

    /// These settings as JSON.
    var json: [UInt8] {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return [UInt8](try encoder.encode(self))
        } catch {
            preconditionFailure("Settings are always JSON.")
        }
    }

    private func merged(with root: JSONElement) throws(DoubleRefusal) -> [UInt8] {
        guard let changes = root.object else { throw DoubleRefusal(what: "Not an object.") }
        var parser = JSONParser(bytesMax: 33_554_432, depthMax: 16)
        let refusal = { (_: JSONError) in DoubleRefusal(what: "Settings are JSON.") }
        return try parser.parse(json.span, orThrow: refusal) { own throws(DoubleRefusal) in
            var output = JSONWriter()
            for change in changes where own[change.key.string ?? ""] == nil {
                throw DoubleRefusal(what: "There is no setting of that name.")
            }
            output.object { output in
                guard let members = own.object else { return }
                for member in members {
                    output.key(member.key)
                    output.element(root[member.key.string ?? ""] ?? member.value)
                }
            }
            return output.bytes
        }
    }

    private enum CodingKeys: String, CodingKey {
        case faults, seed, actions, clicks
        case verdictDelayMs = "verdict_delay_ms"
        case slowMs = "slow_ms"
        case fieldIndices = "field_indices"
        case recordIndices = "record_indices"
        case credentialsValid = "credentials_valid"
        case tokenLifeS = "token_life_s"
        case tokenGeneration = "token_generation"
        case clickLengthMin = "click_length_min"
        case refusesDuplicates = "refuses_duplicates"
        case requestsPerMinute = "requests_per_minute"
    }
}

extension DoubleBehaviour.Click {
    private enum CodingKeys: String, CodingKey {
        case reason
        case clickedAt = "clicked_at"
    }

    /// Reads what is known of a click.
    package init(from decoder: any Decoder) throws {
        try decoder.refuseOthers(than: ["reason", "clicked_at"])
        let members = try decoder.container(keyedBy: CodingKeys.self)
        reason = try members.decodeIfPresent(String.self, forKey: .reason)
        clickedAt = try members.decodeIfPresent(String.self, forKey: .clickedAt)
    }
}

/// Why the double's own settings are not taken.
package struct DoubleRefusal: Error, Equatable {
    /// A sentence of ours.
    package let what: String
}
