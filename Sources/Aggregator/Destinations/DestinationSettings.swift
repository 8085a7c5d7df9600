extension Destination {
    /// What may be changed of a destination at any time; uploads that have left stay as they were.
    package struct Settings: Equatable, Codable, Sendable {
        /// Short numbers of the sites it serves; nil: all of the organization.
        package var sites: [Int64]?
        /// Keys of the assignments whose conversions are sent.
        package var assignments = ["purchase"]
        /// Which conversions are sent.
        package var send = Send.anyClick
        /// Which value is sent.
        package var value = Value.full
        /// Percent of all conversions, chosen by their ids: 0...100.
        package var rolloutPercent = 100
        /// The click-through window of the conversion action in days, 1...90; nil: what the
        /// assignment, the definition or the organization says.
        package var windowDays: Int?
        /// Sends the bare order id, for an action that the shop's own tag feeds as well.
        package var usesPlainOrderID = false
        /// The platform's address, where it is not the platform's own.
        package var baseURL: String?
        /// Where access tokens are made, where it is not the platform's own.
        package var tokenURL: String?
        /// The Cloud project whose quota is used; destinations of one project share its limits.
        package var quotaProject: String?

        /// Which conversions are sent.
        package enum Send: String, CaseIterable, Codable, Sendable {
            /// Those with the platform's own click, or permitted user data, inside the window.
            case anyClick = "any_click"
            /// Those of which the assignment's model credits a share to the platform.
            case credited
        }

        /// Which value is sent.
        package enum Value: String, CaseIterable, Codable, Sendable {
            case full
            /// The credited share; only with `send: credited`.
            case share
        }

        /// The defaults.
        package init() {}

        /// What an older program left out has its default.
        package init(from decoder: any Decoder) throws {
            self.init()
            let values = try decoder.container(keyedBy: CodingKeys.self)
            func value<Value: Decodable>(_ key: CodingKeys, _ otherwise: Value) throws -> Value {
                try values.decodeIfPresent(Value.self, forKey: key) ?? otherwise
            }
            sites = try values.decodeIfPresent([Int64].self, forKey: .sites)
            assignments = try value(.assignments, assignments)
            send = try value(.send, send)
            self.value = try value(.value, self.value)
            rolloutPercent = try value(.rolloutPercent, rolloutPercent)
            windowDays = try values.decodeIfPresent(Int.self, forKey: .windowDays)
            usesPlainOrderID = try value(.usesPlainOrderID, usesPlainOrderID)
            baseURL = try values.decodeIfPresent(String.self, forKey: .baseURL)
            tokenURL = try values.decodeIfPresent(String.self, forKey: .tokenURL)
            quotaProject = try values.decodeIfPresent(String.self, forKey: .quotaProject)
        }

        /// Throws what an operator must mend.
        package func check() throws(DestinationRefusal) {
            guard !assignments.isEmpty, Set(assignments).count == assignments.count
            else { throw .noAssignments }
            guard sites?.isEmpty != true else { throw .noSites }
            guard (0...100).contains(rolloutPercent) else { throw .wrongRollout }
            guard (1...90).contains(windowDays ?? 30) else { throw .wrongWindow }
            guard value == .full || send == .credited else { throw .shareWithoutCredit }
            guard !usesPlainOrderID || sites?.count == 1 && assignments.count == 1
            else { throw .plainOrderIDShared }
            for url in [baseURL, tokenURL].compactMap(\.self) {
                guard Self.isURL(url) else { throw .wrongURL }
            }
        }

        private static func isURL(_ text: String) -> Bool {
            (text.hasPrefix("https://") || text.hasPrefix("http://"))
                && text.utf8.count <= 500 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }
    }
}

/// Why an operator's change to destinations or uploads is not made.
package enum DestinationRefusal: Error, Equatable {
    case wrongName, nameTaken, unknownDestination
    case wrongAccount, wrongAction, actionTaken, addressFixed
    case noAssignments, noSites, wrongRollout, wrongWindow, shareWithoutCredit
    case plainOrderIDShared, wrongURL, wrongSecret, noCredential
    /// Earlier conversions need a back-fill that was looked at first.
    case liveFromInPast
    case unknownUpload
    /// Bytes may have left, or the platform has it.
    case alreadySent
    case nothingToRetry

    /// What is wrong, for the operator.
    package var sentence: String {
        switch self {
        case .wrongName: "A destination's name has 1 to 100 characters, none of them a control."
        case .nameTaken: "A destination of this name exists in the organization."
        case .unknownDestination: "There is no such destination in the organization."
        case .wrongAccount: "An account is a number of ten digits, as 123-456-7890."
        case .wrongAction: "A conversion action is named by its number: 1 to 20 digits."
        case .actionTaken:
            "Another destination feeds this conversion action: let it serve these sites."
        case .addressFixed: "Uploads were sent there: add another destination for another action."
        case .noAssignments: "A destination serves at least one assignment, each once."
        case .noSites: "A destination serves all sites, or at least one."
        case .wrongRollout: "The rollout is a percentage from 0 to 100."
        case .wrongWindow: "A conversion action's window has 1 to 90 days."
        case .shareWithoutCredit: "A share of the value can only be sent with send: credited."
        case .plainOrderIDShared:
            "Plain order ids need exactly one site and one assignment: two shops may have the same number."
        case .wrongURL: "A base URL begins with https:// or http:// and has no blanks."
        case .wrongSecret: "A credential has 1 to 16,384 bytes."
        case .noCredential: "The destination has no credential yet: set one first."
        case .liveFromInPast:
            "Earlier conversions are sent by a back-fill only: look at its preview, then confirm it."
        case .unknownUpload: "There is no such upload in the organization."
        case .alreadySent: "It was sent already: what the platform has cannot be called back."
        case .nothingToRetry:
            "Only an upload that is held, rejected, unknown or cancelled is tried again."
        }
    }
}
