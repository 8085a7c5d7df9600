import Foundation

/// What the files of vectors hold, each an array or an object of these.
struct KeyVector: Codable, Equatable {
    /// Raw private key in hex: an Ed25519 seed, or an X25519 scalar.
    var privateHex: String
    var publicKey: String
    var fingerprint: String?
}

struct ChainVector: Codable, Equatable {
    struct Step: Codable, Equatable {
        /// The line or the statement that is hashed.
        var text: String
        var digest: String
        var chain: String
    }

    var name: String
    var epoch: String
    /// The parent's value that the epoch goes on from; nil without a parent.
    var parentChain: String?
    var start: String
    var steps: [Step]
}

struct BatchVector: Codable, Equatable {
    var name: String
    /// The decoded body.
    var body: String
    /// The numbers of its lines.
    var numbers: [Int64]
    var chainAfter: String
}

struct BrokenBatchVector: Codable, Equatable {
    var name: String
    var contentEncoding: String?
    var bodyBase64: String
    var problem: String
    var status: Int
    var code: String?
    var line: Int?
}

struct RequestVector: Codable, Equatable {
    var method: String
    var authority: String
    var target: String
    var headers: [String: String]
    var bodyBase64: String
    var signatureBase: String?
}

struct AnswerVector: Codable, Equatable {
    var status: Int
    var headers: [String: String]
    var bodyBase64: String
    var signatureBase: String?
}

struct ExchangeVector: Codable, Equatable {
    var name: String
    var request: RequestVector
    var answer: AnswerVector
}

struct RefusedRequestVector: Codable, Equatable {
    var name: String
    var request: RequestVector
    var problem: String
    var status: Int
}

struct EventVector: Codable, Equatable {
    var name: String
    var privacy: String
    var source: String
    var credential: String
    var receivedAt: String
    /// What the sender sent.
    var sent: String
    /// The canonical bytes.
    var written: String
    var lane: String
}

struct RejectedEventVector: Codable, Equatable {
    var name: String
    var line: String
    var code: String
    var pointer: String
    /// Whether `schemas/event.json` can see it, too.
    var breaksSchema: Bool
}

struct EnrolmentVector: Codable, Equatable {
    var token: String
    var tokenId: String
    var tokenProof: String
    var request: String
    var answer: String
}

struct SettingsVector: Codable, Equatable {
    var settings: String
    /// What the first boxed secret holds.
    var secret: String
    var info: String
    var associatedData: String
}

struct TextVector: Codable, Equatable {
    var name: String
    var body: String
}

/// The text of a vector file: stable, readable, one final line break.
func vectorText(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}

func vectorValue<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: try VectorFolder.read(path))
}
