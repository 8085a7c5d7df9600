internal import COpenSSL
internal import Time

/// Fills in and signs one X.509 certificate.
/// - Source: RFC 5280, section 4.1.
struct CertificateForm {
    let subject: String
    let issuer: String
    let validity: Range<Timestamp>
    /// OpenSSL's extension numbers with their text form.
    let extensions: [(CInt, String)]
    /// The issuer's certificate; nil where the certificate signs itself.
    var issuerPEM: String?

    /// Returns the signed certificate as PEM.
    func signed(subjectKey: KeyHandle, by issuerKey: KeyHandle) -> String {
        guard let certificate = unsafe X509_new() else { preconditionFailure("Out of memory.") }
        defer { unsafe X509_free(certificate) }
        unsafe required(X509_set_version(certificate, 2))
        unsafe setSerialNumber(certificate)
        unsafe ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(validity.lowerBound))
        unsafe ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(validity.upperBound))
        unsafe setName(X509_get_subject_name(certificate), subject)
        unsafe setName(X509_get_issuer_name(certificate), issuer)
        unsafe required(X509_set_pubkey(certificate, subjectKey.pointer))
        unsafe addExtensions(to: certificate)
        let size = unsafe X509_sign(certificate, issuerKey.pointer, EVP_sha256())
        precondition(size > 0, "OpenSSL did not sign the certificate.")
        return unsafe PEM.text { bio in unsafe PEM_write_bio_X509(bio, certificate) }
    }

    private func seconds(_ time: Timestamp) -> Int { Int(time.microseconds / 1_000_000) }

    private func setSerialNumber(_ certificate: OpaquePointer) {
        // 126 random bits, positive: two certificates of one authority never share a number.
        guard let number = unsafe BN_new() else { preconditionFailure("Out of memory.") }
        defer { unsafe BN_free(number) }
        unsafe required(BN_rand(number, 126, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY))
        unsafe BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
    }

    private func setName(_ name: OpaquePointer?, _ text: String) {
        unsafe required(
            X509_NAME_add_entry_by_txt(
                name, "CN", MBSTRING_UTF8, text, CInt(text.utf8.count), -1, 0))
    }

    private func addExtensions(to certificate: OpaquePointer) {
        let issuer = unsafe issuerPEM.flatMap { unsafe PEM.certificate($0) }
        defer { unsafe X509_free(issuer) }
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuer ?? certificate, certificate, nil, nil, 0)
        for (number, text) in extensions {
            guard let made = unsafe X509V3_EXT_conf_nid(nil, &context, number, text)
            else { preconditionFailure("OpenSSL refused a certificate extension.") }
            unsafe required(X509_add_ext(certificate, made, -1))
            unsafe X509_EXTENSION_free(made)
        }
    }
}
