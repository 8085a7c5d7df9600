import ConveyProtocol
import Crypto

/// A value that events share: what facts are found by, and what makes a person.
///
/// A key holds for one site: the same value at another site is another key.
package struct FactKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What the value is. The numbers are stored and never change.
    package enum Kind: Int, CaseIterable, Sendable {
        case visitor = 1
        case session, trackingID, cartToken, checkoutToken, orderID, orderName, customer, email
        case phone
        /// An order's id or name out of the mouth of somebody who holds only a public key: good for
        /// folding, where the platform decides, but no proof that the order is theirs.
        case claimedOrderID, claimedOrderName
        case click
    }

    /// What the value is.
    package let kind: Kind
    /// The value as the event holds it; a click's has its kind in front, as `gclid:EAIa…`.
    package let value: String

    /// Names a value.
    package init(_ kind: Kind, _ value: String) {
        self.kind = kind
        self.value = value
    }

    /// Names a click id.
    package init(_ click: ClickID) { self.init(.click, "\(click.kind.name):\(click.value)") }

    /// Whether two events that hold this key are one person's: not for click ids, which go around
    /// with the addresses that hold them, and not for what is merely claimed.
    package var joinsPersons: Bool {
        switch kind {
        case .visitor, .session, .trackingID, .cartToken, .checkoutToken, .orderID, .orderName,
            .customer, .email, .phone:
            true
        case .claimedOrderID, .claimedOrderName, .click: false
        }
    }

    /// The order key that this is or claims to be: id, name or checkout token; nil for others.
    package var orderKey: FactKey? {
        switch kind {
        case .orderID, .orderName, .checkoutToken: self
        case .claimedOrderID: FactKey(.orderID, value)
        case .claimedOrderName: FactKey(.orderName, value)
        case .visitor, .session, .trackingID, .cartToken, .customer, .email, .phone, .click: nil
        }
    }

    /// What the index holds: the first 8 bytes of SHA-256(kind byte, value). Two keys may share it;
    /// whoever looks a key up compares values as well.
    package var digest: Int64 { digest(SHA256Hasher()) }

    /// `digest` with a hasher that is used again: for many keys.
    func digest(_ hasher: borrowing SHA256Hasher) -> Int64 {
        hasher.update([UInt8(kind.rawValue)])
        hasher.update(value.utf8.span)
        return hasher.finish().withBytes { bytes in
            var word: UInt64 = 0
            for index in 0..<8 { word = word << 8 | UInt64(bytes[index]) }
            return Int64(bitPattern: word)
        }
    }

    /// Orders by kind, then by value.
    package static func < (left: Self, right: Self) -> Bool {
        left.kind == right.kind
            ? left.value < right.value : left.kind.rawValue < right.kind.rawValue
    }

    /// Kind and value, for explanations; never logged.
    package var description: String { "\(kind) \(value)" }
}
