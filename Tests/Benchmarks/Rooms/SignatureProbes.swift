import ConveyProtocol
import Crypto
import HTTP
import Time

extension RoomProbe {
    static let sign = RoomProbe(
        name: "crypto.sign", sentence: "SigningKey signs 300 bytes with Ed25519",
        unit: "signature", unitsPerCall: 1
    ) {
        let key = SigningKey(from: SeededBytes(seed: 2))
        let message = [UInt8](repeating: 7, count: 300)
        return { _ = key.sign(message) }
    }

    static let verify = RoomProbe(
        name: "crypto.verify", sentence: "VerifyingKey checks a signature of 300 bytes",
        unit: "signature", unitsPerCall: 1
    ) {
        let key = SigningKey(from: SeededBytes(seed: 3))
        let message = [UInt8](repeating: 7, count: 300)
        let signature = key.sign(message)
        return {
            guard key.verifyingKey.isValid(signature, for: message) else {
                throw BenchFault("a good signature is refused")
            }
        }
    }

    static let signRequest = RoomProbe(
        name: "http.sign", sentence: "MessageSignatureProfile signs a batch's request",
        unit: "request", unitsPerCall: 1
    ) {
        let key = SigningKey(from: SeededBytes(seed: 4))
        let profile = MessageSignatureProfile(
            label: SignatureRule.label, tag: SignatureRule.tag)
        let digest = ContentDigest.field(for: [UInt8](repeating: 1, count: 100_000))
        return {
            var headers: Headers = [
                "Content-Type": SealedBatch.mediaType, "Content-Encoding": "zstd",
                "Content-Digest": digest,
            ]
            let request = SignableRequest(
                method: "POST", authority: "aggregator.example.com", target: "/v1/batches",
                headers: headers)
            profile.sign(&headers, of: request, with: key, at: SampleSite.receivedAt)
        }
    }
}
