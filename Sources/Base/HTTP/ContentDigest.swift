package import Crypto

/// Why a body is not taken for what its digest says.
package enum ContentDigestRefusal: Error, Hashable {
    /// No `Content-Digest` field.
    case missing
    /// The field is no dictionary of byte sequences, or its SHA-256 has not 32 bytes.
    case malformed
    /// The field has digests, none of them SHA-256.
    case unknownAlgorithm
    /// The body was altered on the way, or the digest belongs to another.
    case mismatch
}

/// Writes and checks the `Content-Digest` field: SHA-256 over the body as sent, still under its
/// Content-Encoding.
/// - Source: RFC 9530, section 2.
package enum ContentDigest {
    /// Writes the field's value for a body.
    package static func field(for body: [UInt8]) -> String { field(SHA256Digest(of: body)) }

    /// Writes the field's value for a digest that is already known.
    package static func field(_ digest: SHA256Digest) -> String {
        "sha-256=:\(digest.base64):"
    }

    /// Reads the SHA-256 of the field; digests of other algorithms beside it are ignored.
    package static func read(
        _ headers: Headers
    ) throws(ContentDigestRefusal) -> SHA256Digest {
        let lines = headers.values("Content-Digest")
        guard !lines.isEmpty else { throw .missing }
        let dictionary: StructuredDictionary
        do throws(StructuredFieldRefusal) {
            dictionary = try StructuredFields.dictionary(lines)
        } catch {
            throw .malformed
        }
        guard let member = dictionary["sha-256"] else { throw .unknownAlgorithm }
        guard !dictionary.hasRepeatedKeys, case .item(let item) = member,
            let bytes = item.value.bytes, let digest = SHA256Digest(bytes: bytes)
        else { throw .malformed }
        return digest
    }

    /// Checks a body, as sent, against its field.
    package static func check(
        _ body: [UInt8], _ headers: Headers
    ) throws(ContentDigestRefusal) {
        guard try read(headers) == SHA256Digest(of: body) else { throw .mismatch }
    }
}
