package import Crypto

/// Why a message's signature is not accepted.
package enum SignatureRefusal: Error, Hashable {
    /// No signature under the label.
    case missing
    /// The signature's fields break their grammar, are too long, or name a part that is not built.
    case malformed
    /// Other parts are covered than the profile asks, or in another order.
    case coverage
    /// A parameter is missing, or has another value than the profile asks.
    case parameters
    /// A covered part is not in the message.
    case componentAbsent(String)
    /// The message names another key than the one that was expected.
    case otherKey(fingerprint: String)
    /// Made with another key, or the message was altered.
    case invalid
}

/// One signature of a message, as its two fields carry it.
/// - Source: RFC 9421, sections 2.5, 3.1, 3.2 and 4.
package struct MessageSignature: Sendable, Hashable {
    /// Names this signature among others of the message.
    package let label: String
    /// What it covers, in order.
    package let components: [SignatureComponent]
    /// `created`, `keyid` and so on, in the order of the wire: the order is signed too.
    package let parameters: OrderedMembers<BareItem>
    /// Empty until signed.
    package internal(set) var signature: [UInt8] = []

    /// Describes a signature to be made.
    package init(
        label: String, components: [SignatureComponent], parameters: OrderedMembers<BareItem>
    ) {
        self.label = label
        self.components = components
        self.parameters = parameters
    }

    /// Reads the signature under a label; signatures under other labels are ignored, but must be
    /// well formed.
    package init(label: String, of headers: Headers) throws(SignatureRefusal) {
        let inputs = try Self.dictionary("Signature-Input", headers)
        let signatures = try Self.dictionary("Signature", headers)
        guard let input = inputs[label], let signature = signatures[label]
        else { throw .missing }
        guard case .innerList(let list) = input, case .item(let item) = signature,
            item.parameters.members.isEmpty, let bytes = item.value.bytes,
            !list.parameters.hasRepeatedKeys
        else { throw .malformed }
        let components = list.items.compactMap(SignatureComponent.init)
        guard components.count == list.items.count, Set(components).count == components.count
        else { throw .malformed }
        self.init(label: label, components: components, parameters: list.parameters)
        self.signature = bytes
    }

    private static func dictionary(
        _ name: String, _ headers: Headers
    ) throws(SignatureRefusal) -> StructuredDictionary {
        let dictionary: StructuredDictionary
        do throws(StructuredFieldRefusal) {
            dictionary = try StructuredFields.dictionary(headers.values(name))
        } catch {
            throw .malformed
        }
        guard !dictionary.hasRepeatedKeys else { throw .malformed }
        return dictionary
    }

    /// The name of the key, as the message claims.
    package var keyID: String? { parameters["keyid"]?.string }

    /// When it was made, in Unix seconds, as the message claims.
    package var created: Int64? { parameters["created"]?.integer }

    /// Writes the bytes that are signed.
    /// - Source: RFC 9421, section 2.5.
    package func base(over subject: SignatureSubject) throws(SignatureRefusal) -> [UInt8] {
        var base: [UInt8] = []
        for component in components {
            guard let value = subject.value(of: component)
            else { throw .componentAbsent(component.name) }
            // A line end inside a value could forge another line of the base.
            guard
                !value.utf8.contains(where: { $0 == ASCII.lineFeed || $0 == ASCII.carriageReturn })
            else { throw .malformed }
            base += "\(component.item.text): \(value)\n".utf8
        }
        base += "\"@signature-params\": \(inputText)".utf8
        return base
    }

    /// Checks the signature with Ed25519.
    package func verify(
        over subject: SignatureSubject, with key: VerifyingKey
    ) throws(SignatureRefusal) {
        guard key.isValid(signature, for: try base(over: subject)) else { throw .invalid }
    }

    /// Makes the signature with Ed25519.
    package mutating func sign(
        _ subject: SignatureSubject, with key: SigningKey
    ) throws(SignatureRefusal) {
        signature = key.sign(try base(over: subject))
    }

    /// Adds the two fields to a message.
    package func add(to headers: inout Headers) {
        headers.add("Signature-Input", "\(label)=\(inputText)")
        headers.add("Signature", "\(label)=\(BareItem.bytes(signature).text)")
    }

    private var inputText: String { InnerList(components.map(\.item), parameters).text }
}
