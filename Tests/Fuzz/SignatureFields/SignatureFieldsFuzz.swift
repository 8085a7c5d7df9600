import Crypto
import HTTP

private let key: VerifyingKey = {
    guard let key = try? SigningKey(rawBytes: [UInt8](repeating: 7, count: 32)).verifyingKey else {
        preconditionFailure("32 bytes are a key.")
    }
    return key
}()
private let profile = MessageSignatureProfile(label: "convey", tag: "convey-1")

/// Reads foreign bytes as the fields of a signed request: Signature-Input, Signature, Content-Digest,
/// one a line. What is read must be written as text that reads the same, and no signature is valid.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    var headers: Headers = ["Content-Type": "application/json"]
    for (line, name) in zip(lines, ["Signature-Input", "Signature", "Content-Digest"]) {
        headers.add(name, line)
    }
    for line in lines.prefix(3) { checkAgain(line) }
    let request = SignableRequest(method: "POST", authority: "a", target: "/?q", headers: headers)
    if let signature = try? MessageSignature(label: "convey", of: headers) {
        var again: Headers = [:]
        signature.add(to: &again)
        let copy = try? MessageSignature(label: "convey", of: again)
        precondition(copy == signature, "A signature reads otherwise when it is written again.")
        precondition((try? signature.verify(over: .request(request), with: key)) == nil)
    }
    if let signature = try? profile.read(request) {
        precondition(signature.created != nil && signature.keyID != nil)
    }
    _ = try? ContentDigest.read(headers)
    return 0
}

private func checkAgain(_ line: String) {
    if let dictionary = try? StructuredFields.dictionary([line]) {
        let again = try? StructuredFields.dictionary([dictionary.text])
        precondition(
            again == dictionary || dictionary.text.utf8.count > 8192,
            "A dictionary reads otherwise when it is written again.")
    }
    if let item = try? StructuredFields.item(line) {
        let again = try? StructuredFields.item(item.text)
        precondition(
            again == item || item.text.utf8.count > 8192)
    }
    _ = try? StructuredFields.list([line])
}
