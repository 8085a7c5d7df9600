internal import COpenSSL
package import Time

/// Makes certificates of a private authority, for the demonstration and the tests.
///
/// Keys are ECDSA P-256. Nothing is kept: who wants the authority again keeps its PEM texts.
package struct CertificateAuthority: Sendable {
    /// The authority's own certificate: what clients are told to trust.
    package let certificatePEM: String
    private let name: String
    private let key: KeyHandle

    /// Makes a new authority.
    /// - Parameter name: common name, 1...64 bytes of ASCII.
    package init(name: String, validity: Range<Timestamp>) {
        key = Self.newKey()
        self.name = name
        certificatePEM = CertificateForm(
            subject: name, issuer: name, validity: validity,
            extensions: [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
                (NID_key_usage, "critical,keyCertSign,cRLSign"),
                (NID_subject_key_identifier, "hash"),
            ]
        ).signed(subjectKey: key, by: key)
    }

    /// A server's certificate with its private key, both PEM.
    package struct Identity: Sendable {
        /// The server's certificate.
        package let certificatePEM: String
        /// Its private key, PKCS #8, unencrypted.
        package let keyPEM: String
    }

    /// Issues a server certificate.
    /// - Parameters:
    ///   - hosts: 1...16 DNS names (`shop.example`, `*.shop.example`) and IP addresses.
    ///   - validity: the caller chooses it, so that tests can have an expired one.
    package func issue(hosts: [String], validity: Range<Timestamp>) -> Identity {
        precondition((1...16).contains(hosts.count), "A certificate names 1 to 16 hosts.")
        let subjectKey = Self.newKey()
        let certificate = CertificateForm(
            subject: hosts[0], issuer: name, validity: validity,
            extensions: [
                (NID_basic_constraints, "critical,CA:FALSE"),
                (NID_key_usage, "critical,digitalSignature"),
                (NID_ext_key_usage, "serverAuth"),
                (NID_subject_alt_name, hosts.map(Self.alternativeName).joined(separator: ",")),
                (NID_subject_key_identifier, "hash"),
                (NID_authority_key_identifier, "keyid:always"),
            ], issuerPEM: certificatePEM)
        return Identity(
            certificatePEM: certificate.signed(subjectKey: subjectKey, by: key),
            keyPEM: unsafe PEM.text { bio in
                unsafe PEM_write_bio_PKCS8PrivateKey(
                    bio, subjectKey.pointer, nil, nil, 0, nil, nil)
            })
    }

    private static func alternativeName(_ host: String) -> String {
        precondition(
            host.utf8.allSatisfy { byte in
                let character = Character(Unicode.Scalar(byte))
                return byte < 128
                    && (character.isLetter || character.isNumber || ".-:*".contains(character))
            }, "A host is letters, digits, dots, hyphens, colons and a star.")
        let isAddress =
            host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
        return (isAddress ? "IP:" : "DNS:") + host
    }

    private static func newKey() -> KeyHandle {
        guard let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
        else { preconditionFailure("Out of memory.") }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        unsafe required(EVP_PKEY_keygen_init(context))
        unsafe required(EVP_PKEY_CTX_set_group_name(context, "P-256"))
        var key: OpaquePointer?
        unsafe required(EVP_PKEY_generate(context, &key))
        guard let key = unsafe key else { preconditionFailure("OpenSSL made no key.") }
        return unsafe KeyHandle(owning: key)
    }
}
