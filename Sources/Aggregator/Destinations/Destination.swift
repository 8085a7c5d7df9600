package import Time

/// Where conversions are sent: one conversion action of one account, and how.
package struct Destination: Equatable, Identifiable, Sendable {
    /// Its short number, the key of other tables.
    package let number: Int64
    /// The organization's short number.
    package let organization: Int64
    /// What the operator calls it; unique in the organization.
    package let name: String
    /// Which account and action; stays as it is once something was sent.
    package let address: Address
    /// What may be changed at any time.
    package var settings: Settings
    /// Whether anything leaves.
    package var mode: Mode
    /// Conversions from this instant on are sent; nil while the mode is not `live`.
    package var liveFrom: Timestamp?
    /// What keeps everything from being sent; nil when nothing does.
    package var hold: Hold?
    /// Rises with every change of settings, mode or credential.
    package var version: Int64

    /// The short number.
    package var id: Int64 { number }

    /// Whether conversions of a site under an assignment are sent here.
    package func serves(site: Int64, assignment: String) -> Bool {
        (settings.sites?.contains(site) ?? true) && settings.assignments.contains(assignment)
    }

    /// Platforms that there is a client for.
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case googleDataManager = "google_data_manager"
    }

    /// Whether anything leaves.
    package enum Mode: String, CaseIterable, Codable, Sendable {
        /// Nothing leaves; what would leave is shown.
        case observe
        /// The platform checks, and stores nothing.
        case validate
        /// Everything from a stated instant on.
        case live
    }

    /// A conversion action of an account.
    package struct Address: Hashable, Codable, Sendable {
        /// The platform.
        package let kind: Kind
        /// The account that owns the action: ten digits.
        package let customer: String
        /// The account through which the credential has access; nil: the customer itself.
        package let loginCustomer: String?
        /// The conversion action's number.
        package let action: String

        /// Takes digits; hyphens in account numbers are taken out.
        /// - Throws: `DestinationRefusal.wrongAccount` or `.wrongAction`.
        package init(
            _ kind: Kind, customer: String, loginCustomer: String? = nil, action: String
        ) throws(DestinationRefusal) {
            self.kind = kind
            self.customer = try Self.account(customer)
            if let loginCustomer {
                self.loginCustomer = try Self.account(loginCustomer)
            } else {
                self.loginCustomer = nil
            }
            guard (1...20).contains(action.utf8.count), action.utf8.allSatisfy(Self.isDigit)
            else { throw .wrongAction }
            self.action = action
        }

        private static func account(_ text: String) throws(DestinationRefusal) -> String {
            let digits = text.filter { $0 != "-" }
            guard digits.utf8.count == 10, digits.utf8.allSatisfy(isDigit)
            else { throw .wrongAccount }
            return digits
        }

        private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    }

    /// Why nothing is sent, and until when.
    package struct Hold: Equatable, Sendable {
        /// `credential` or `configuration`.
        package let code: String
        /// The platform's own code; its words stand in the table of verdicts.
        package let detail: String?
        /// Since when.
        package let at: Timestamp
        /// When it is tried again by itself.
        package let until: Timestamp

        /// Holds a destination for a time.
        package init(code: String, detail: String?, at: Timestamp, until: Timestamp) {
            self.code = code
            self.detail = detail
            self.at = at
            self.until = until
        }
    }
}
