import ConveyProtocol
import Crypto
import Foundation
import Time

/// The fixed keys, ids and times of the vectors. Known to everybody: never to be used.
enum VectorKeys {
    static let collector = signing(0x01)
    static let revoked = signing(0x61)
    static let successor = signing(0xA1)
    static let stranger = signing(0x81)
    static let aggregator = signing(0x21)
    static let box = boxKey(0x41)

    static let collectorID = CollectorID("0192f0c1-0000-7000-8000-000000000001")!
    static let epoch = EpochID("0192f0c1-2a00-7abc-8def-0123456789ab")!
    static let childEpoch = EpochID("0192f0c1-2b00-7abc-8def-0123456789ab")!
    static let organization = OrganizationID("0192f0c1-0000-7000-8000-0000000000aa")!
    static let site = SiteID("0192f0c1-0000-7000-8000-00000000000a")!
    static let authority = "aggregator.example:8443"
    static let now = Timestamp(rfc3339: "2026-03-01T12:00:00.000Z")!
    static let shipper = "convey-collector/1.0.0"

    private static func signing(_ first: UInt8) -> SigningKey {
        (try? SigningKey(rawBytes: (0..<32).map { first + $0 }))!
    }

    private static func boxKey(_ first: UInt8) -> BoxKey {
        (try? BoxKey(rawBytes: (0..<32).map { first + $0 }))!
    }

    /// Yields SHA-256 of a label and a count: the same bytes for everybody.
    struct Stream: RandomSource {
        let label: String

        func bytes(_ count: Int) -> [UInt8] {
            let block = SHA256Digest(of: Array("\(label) \(count)".utf8)).bytes
            return (0..<count).map { block[$0 % 32] }
        }
    }
}

/// The folder of the vectors.
enum VectorFolder {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let vectors = root.appending(path: "protocol/vectors")

    static func read(_ path: String) throws -> Data {
        try Data(contentsOf: vectors.appending(path: path))
    }

    static func decode<Value: Decodable>(_ path: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: try read(path))
    }
}
