internal import COpenSSL

/// Owns one OpenSSL key.
///
/// Sendable without a lock: OpenSSL reads a key that is never altered after it was made from any
/// number of threads at once, and counts its references atomically.
@safe final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// Takes 32 raw private bytes of an Ed25519 or X25519 key.
    convenience init(privateBytes bytes: [UInt8], type: CInt) throws(KeyRefusal) {
        try Self.check(bytes)
        guard let key = unsafe EVP_PKEY_new_raw_private_key(type, nil, bytes, bytes.count)
        else { throw .malformed }
        unsafe self.init(owning: key)
    }

    /// Takes 32 raw public bytes of an Ed25519 or X25519 key.
    convenience init(publicBytes bytes: [UInt8], type: CInt) throws(KeyRefusal) {
        try Self.check(bytes)
        guard let key = unsafe EVP_PKEY_new_raw_public_key(type, nil, bytes, bytes.count)
        else { throw .malformed }
        unsafe self.init(owning: key)
    }

    private static func check(_ bytes: [UInt8]) throws(KeyRefusal) {
        guard bytes.count == 32 else { throw .wrongLength(bytes: bytes.count, expected: 32) }
    }

    var privateBytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        unsafe required(EVP_PKEY_get_raw_private_key(pointer, &bytes, &count))
        return bytes
    }

    var publicBytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        var count = bytes.count
        unsafe required(EVP_PKEY_get_raw_public_key(pointer, &bytes, &count))
        return bytes
    }
}
