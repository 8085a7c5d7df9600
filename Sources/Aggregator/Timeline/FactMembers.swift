package import ConveyProtocol
package import Time

/// A click id of an advertising platform, as it stood in an address or a cookie.
package struct ClickID: Hashable, Comparable, Sendable {
    /// Whose click it is. The order is the one that everything is sorted by.
    package enum Kind: Int, CaseIterable, Sendable {
        case gclid = 1
        case gbraid, wbraid, fbclid, msclkid, ttclid

        /// The canonical event's name of it.
        package var name: String {
            switch self {
            case .gclid: "gclid"
            case .gbraid: "gbraid"
            case .wbraid: "wbraid"
            case .fbclid: "fbclid"
            case .msclkid: "msclkid"
            case .ttclid: "ttclid"
            }
        }
    }

    /// Whose click it is.
    package let kind: Kind
    /// Byte for byte as it came.
    package let value: String

    /// Names a click.
    package init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = value
    }

    /// Orders by kind, then by value.
    package static func < (left: Self, right: Self) -> Bool {
        left.kind == right.kind
            ? left.value < right.value : left.kind.rawValue < right.kind.rawValue
    }
}

extension Fact {
    /// The page that an event happened on.
    package struct Page: Sendable, Equatable {
        /// Its address.
        package var url: String?
        /// The address of the page before, perhaps of another site.
        package var referrer: String?

        /// A page by its address and the one before.
        package init(url: String? = nil, referrer: String? = nil) {
            self.url = url
            self.referrer = referrer
        }
    }

    /// Campaign parameters, as they stood in the address.
    package struct UTM: Sendable, Equatable {
        /// Each as it came: not trimmed, not lower-cased; nil where it was absent.
        package var source, medium, campaign, term, content, id: String?

        /// The three that channels are made of; set the others after.
        package init(source: String? = nil, medium: String? = nil, campaign: String? = nil) {
            self.source = source
            self.medium = medium
            self.campaign = campaign
        }
    }

    /// Which order an event is part of.
    package struct OrderReference: Sendable, Equatable {
        /// Names of the order and of what it grew from, in canonical spelling: no leading `#`.
        package var id, name, cartToken, checkoutToken, customerID: String?
        /// The platform's state, as `paid`.
        package var status: String?
        /// Whether some part says that it is a test.
        package var isTest = false

        /// An order by id and name; set the rest after.
        package init(id: String? = nil, name: String? = nil) {
            self.id = id
            self.name = name
        }
    }

    /// One line of an order.
    package struct Item: Sendable, Equatable {
        /// What was bought.
        package var id, variant, sku: String?
        /// 0...1,000,000.
        package var quantity: Int64?
        /// Of one piece, in the currency of the event's value.
        package var priceMicros: Int64?

        /// An empty line, to be filled.
        package init() {}
    }

    /// What an event says of its person: hashes in hexadecimal digits, and the raw postal code where
    /// the site keeps such.
    package struct UserHashes: Sendable, Equatable {
        /// The shop's own number for the customer.
        package var externalID: String?
        /// SHA-256 of the trimmed, lower-cased address; and after Google's own rule.
        package var email, emailGoogle: String?
        /// SHA-256 of the number in E.164, with `+` and without.
        package var phone, phoneDigits: String?
        /// SHA-256 of names and address, normalized as protocol/event.md says.
        package var firstName, lastName, street, city, state, postalCodeHash: String?
        /// Not hashed: destinations want them so.
        package var postalCode, country: String?

        /// Nothing known, to be filled.
        package init() {}
    }

    /// A click on a campaign link.
    package struct CampaignClick: Sendable, Equatable {
        /// UUIDs: the click, and the link that was clicked.
        package var trackingID, linkID: String?

        /// Names a click on a link.
        package init(trackingID: String? = nil, linkID: String? = nil) {
            self.trackingID = trackingID
            self.linkID = linkID
        }
    }

    /// What a platform's webhook says of an order's life, out of the event's `data`.
    package struct PlatformDetails: Sendable, Equatable {
        /// As `orders/updated`.
        package var topic: String?
        /// The order's own times; `modifiedAt` tells which of two versions is newer.
        package var createdAt, processedAt, modifiedAt, cancelledAt: Timestamp?
        /// Why it was cancelled, as `customer`.
        package var cancelReason: String?
        /// The order's total after refunds and edits, in the currency of the event's value.
        package var currentTotalMicros: Int64?
        /// The platform's id of the refund that the event is.
        package var refundID: String?
        /// The refunds that an order's body lists.
        package var refunds: [Refund] = []

        /// Most refunds that are read of one event.
        static let refundsMax = 200

        /// Nothing known, to be filled.
        package init() {}
    }

    /// A refund inside an order's body.
    package struct Refund: Sendable, Equatable {
        /// The platform's id.
        package var id: String
        /// What was given back, positive; nil currency means the order's own.
        package var micros: Int64
        /// The refund's own currency, where it is stated.
        package var currency: Currency?
        /// When it was made.
        package var at: Timestamp?

        /// Names a refund.
        package init(id: String, micros: Int64, currency: Currency? = nil, at: Timestamp? = nil) {
            self.id = id
            self.micros = micros
            self.currency = currency
            self.at = at
        }
    }
}
