internal import COpenSSL

/// Moves OpenSSL's objects to and from PEM text.
enum PEM {
    /// Longest text that is read: far above any key or certificate chain of ours.
    private static let textBytesMax = 65_536

    /// Collects what `write` writes.
    static func text(_ write: (OpaquePointer) -> CInt) -> String {
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { preconditionFailure("Out of memory.") }
        defer { unsafe BIO_free(bio) }
        unsafe required(write(bio))
        var bytes = [UInt8](repeating: 0, count: textBytesMax)
        let count = unsafe BIO_read(bio, &bytes, CInt(bytes.count))
        return String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self)
    }

    /// Reads a private key, never asking for a pass phrase; nil where there is none. The caller
    /// owns the result.
    static func privateKey(_ text: String) -> OpaquePointer? {
        unsafe withReader(text) { bio in
            unsafe PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
        }
    }

    /// Reads a public key; nil where there is none. The caller owns the result.
    static func publicKey(_ text: String) -> OpaquePointer? {
        unsafe withReader(text) { bio in
            unsafe PEM_read_bio_PUBKEY(bio, nil, { _, _, _, _ in -1 }, nil)
        }
    }

    /// Reads the first certificate; nil where there is none. The caller owns the result.
    static func certificate(_ text: String) -> OpaquePointer? {
        unsafe withReader(text) { bio in
            unsafe PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil)
        }
    }

    private static func withReader(
        _ text: String, _ read: (OpaquePointer) -> OpaquePointer?
    ) -> OpaquePointer? {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= textBytesMax,
            let bio = unsafe BIO_new(BIO_s_mem())
        else { return nil }
        defer { unsafe BIO_free(bio) }
        guard unsafe BIO_write(bio, bytes, CInt(bytes.count)) == bytes.count else { return nil }
        let result = unsafe read(bio)
        ERR_clear_error()
        return unsafe result
    }
}
