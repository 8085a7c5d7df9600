internal import ConveyProtocol

/// Finds what Google would refuse, before it spoils a batch: one bad field turns away all of it.
/// Answers with Google's own codes, so that the same verdict and the same words apply. Pure.
enum EventPreflight {
    static let transactionIDBytesMax = 512
    static let clickBytesMax = 1024
    /// The hash of nothing looks like an identifier and matches nobody.
    private static let hashOfNothing =
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// The first code that applies, nil for an upload that may go.
    static func code(of upload: PlatformUpload) -> String? {
        if upload.transactionID.isEmpty { return "REQUIRED_FIELD_MISSING" }
        if upload.transactionID.utf8.count > transactionIDBytesMax { return "FIELD_VALUE_TOO_LONG" }
        if upload.value.micros < 0 { return "INVALID_NUMBER_FORMAT" }
        if upload.consent.adUserData == .denied { return "PROCESSING_ERROR_REASON_DENIED_CONSENT" }
        let user = upload.user?.isEmpty == false ? upload.user : nil
        if upload.click == nil, user == nil { return "NO_IDENTIFIERS_PROVIDED" }
        if let click = upload.click, !isClick(click.value) {
            return "PROCESSING_ERROR_REASON_INVALID_\(click.kind.rawValue.uppercased())"
        }
        return user.flatMap(code)
    }

    private static func code(of user: PlatformUser) -> String? {
        let names = user.address.map { [$0.firstNameSHA256, $0.lastNameSHA256] } ?? []
        let hashes = [user.emailSHA256, user.phoneSHA256].compactMap { $0 } + names
        guard hashes.allSatisfy(isHash) else { return "INVALID_SHA256_FORMAT" }
        guard let address = user.address else { return nil }
        guard address.country.utf8.count == 2,
            address.country.utf8.allSatisfy({ (0x41...0x5A).contains($0) })
        else { return "INVALID_REGION_CODE" }
        return (1...32).contains(address.postalCode.utf8.count) ? nil : "INVALID_POSTAL_CODE"
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64 && text != hashOfNothing
            && text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
            }
    }

    /// A click id is base64url, at times with a dot; anything else was cut or altered on its way.
    private static func isClick(_ text: String) -> Bool {
        (1...clickBytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte) || "-_.".utf8.contains(byte)
            }
    }
}
