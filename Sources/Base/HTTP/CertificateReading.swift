private import COpenSSL
private import Glibc
package import Time

/// Reads certificates that lie in PEM files.
package enum CertificateReading {
    private static let countMax = 100

    /// Until when the first certificate of a chain holds; nil where none can be read.
    package static func expiry(ofFirstIn pem: String) -> Timestamp? {
        all(in: pem).first?.expiresAt
    }

    static func all(in pem: String) -> [HeldCertificate] {
        let bytes = Array(pem.utf8)
        var found: [HeldCertificate] = []
        unsafe bytes.withUnsafeBytes { buffer in
            guard
                let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count))
            else { return }
            defer { unsafe BIO_free(bio) }
            while found.count < countMax, let next = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                unsafe found.append(HeldCertificate(taking: next))
            }
            ERR_clear_error()
        }
        return found
    }
}

/// One certificate in OpenSSL's hands.
@safe final class HeldCertificate {
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(taking pointer: OpaquePointer) { unsafe self.pointer = pointer }

    deinit { unsafe X509_free(pointer) }

    /// The last moment at which it holds; the earliest of all where it cannot be read.
    var expiresAt: Timestamp {
        var time = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(X509_get0_notAfter(pointer), &time) == 1 else {
            return .earliest
        }
        return Timestamp(unixSeconds: Int64(unsafe timegm(&time)))
    }
}
