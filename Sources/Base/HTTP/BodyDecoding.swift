private import Zstd

/// Why a body's Content-Encoding cannot be undone. Every case is for the sender to mend.
package enum BodyRefusal: Error, Equatable, Sendable {
    /// Not `identity`, `gzip` or `zstd`, or more than one coding.
    case encodingUnknown
    /// Longer than the bound once it is decoded.
    case tooLarge
    /// Damaged, truncated, or of a window larger than 8 MiB.
    case malformed

    /// The HTTP status of the answer.
    package var status: Int {
        switch self {
        case .encodingUnknown: 415
        case .tooLarge: 413
        case .malformed: 400
        }
    }

    /// The refusal as an answer; 415 says which codings are welcome.
    package func response(_ requestID: RequestID?) -> Response {
        let response = Response.problem(problem, requestID: requestID)
        guard self == .encodingUnknown else { return response }
        return response.with("Accept-Encoding", "gzip, zstd")
    }

    private var problem: Problem {
        switch self {
        case .encodingUnknown:
            Problem(status, "encoding_unknown", "The body's encoding is not known here.")
        case .tooLarge:
            Problem(status, "body_too_large", "The decoded body is larger than this path takes.")
        case .malformed:
            Problem(status, "encoding_broken", "The body cannot be decoded.")
        }
    }
}

extension Request {
    /// The body with its Content-Encoding (`gzip` or `zstd`) undone; memory stays within the bound
    /// whatever the encoded bytes promise.
    /// - Parameter bytesMax: most bytes that come out, also of a body that is not encoded.
    package func decodedBody(bytesMax: Int) throws(BodyRefusal) -> [UInt8] {
        guard let encoding = headers.bytes(of: "content-encoding") else {
            return try Self.bounded(body, bytesMax)
        }
        guard headers.occurrences(of: "content-encoding") == 1 else { throw .encodingUnknown }
        for (name, decode) in Self.codings where ASCII.equalsIgnoringCase(encoding, name) {
            return try decode(body, bytesMax)
        }
        throw .encodingUnknown
    }

    private typealias Coding = @Sendable ([UInt8], Int) throws(BodyRefusal) -> [UInt8]

    private static let codings: [(String, Coding)] = [
        ("identity", { (body, bytesMax) throws(BodyRefusal) in try bounded(body, bytesMax) }),
        ("gzip", { (body, bytesMax) throws(BodyRefusal) in try gunzip(body, bytesMax) }),
        ("x-gzip", { (body, bytesMax) throws(BodyRefusal) in try gunzip(body, bytesMax) }),
        ("zstd", { (body, bytesMax) throws(BodyRefusal) in try unzstd(body, bytesMax) }),
    ]

    private static func bounded(_ body: [UInt8], _ bytesMax: Int) throws(BodyRefusal) -> [UInt8] {
        guard body.count <= bytesMax else { throw .tooLarge }
        return body
    }

    private static func gunzip(_ body: [UInt8], _ bytesMax: Int) throws(BodyRefusal) -> [UInt8] {
        do throws(Gunzip.Failure) {
            return try Gunzip.decompress(body, bytesMax: bytesMax)
        } catch {
            throw error == .oversized ? .tooLarge : .malformed
        }
    }

    private static func unzstd(_ body: [UInt8], _ bytesMax: Int) throws(BodyRefusal) -> [UInt8] {
        var decompressor = Decompressor()
        do throws(ZstdError) {
            return try decompressor.decompress(body, bytesMax: bytesMax)
        } catch {
            if case .oversized = error { throw .tooLarge }
            throw .malformed
        }
    }
}
