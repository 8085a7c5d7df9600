private import COpenSSL
import Daemon
import Synchronization
package import Time

/// The server's certificate and its rules: TLS 1.2 or newer, forward secrecy and authenticated
/// ciphers only, no renegotiation, no compression, HTTP/1.1 by ALPN.
package final class TLSContext: Sendable {
    private let certificateFile: String
    private let keyFile: String
    private let current: Mutex<ContextHandle>

    /// Reads a PEM chain (leaf first) and its PEM private key, which must not be under a password.
    package init(certificateFile: String, keyFile: String) throws(TLSFault) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        current = Mutex(
            try ContextHandle(certificateFile: certificateFile, keyFile: keyFile))
    }

    /// Reads both files anew; connections made from now on use them. When either cannot be used,
    /// throws and everything stays as it was.
    package func reload() throws(TLSFault) {
        let fresh = try ContextHandle(certificateFile: certificateFile, keyFile: keyFile)
        current.withLock { $0 = fresh }
    }

    /// Until when the certificate in use holds.
    package var expiresAt: Timestamp { current.withLock { $0 }.expiresAt }

    func makeSession(descriptor: Int32) -> TLSSession? {
        TLSSession(context: current.withLock { $0 }, descriptor: descriptor)
    }
}

/// The certificate or its key cannot be used.
package struct TLSFault: Fault, Equatable {
    /// What was being done.
    package let operation: String
    /// What went wrong.
    package let cause: String
    /// What the operator can do.
    package let remedy: String
    /// A file does not mend itself.
    package var canRetry: Bool { false }
}

/// `@unchecked Sendable`: an SSL_CTX is not changed once it serves, and OpenSSL counts its users
/// under its own lock.
@safe final class ContextHandle: @unchecked Sendable {
    let context: OpaquePointer

    init(certificateFile: String, keyFile: String) throws(TLSFault) {
        guard let context = unsafe SSL_CTX_new(TLS_server_method()) else {
            throw TLSFault(
                operation: "prepare TLS", cause: "OpenSSL gave no context",
                remedy: "Check the memory limit.")
        }
        unsafe self.context = context
        unsafe Self.harden(context)
        unsafe SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
        ERR_clear_error()
        guard unsafe SSL_CTX_use_certificate_chain_file(context, certificateFile) == 1 else {
            throw TLSFault(
                operation: "read the TLS certificate", cause: "no PEM chain can be read from it",
                remedy: "Check the file's path, owner, mode and form (leaf first).")
        }
        guard unsafe SSL_CTX_use_PrivateKey_file(context, keyFile, SSL_FILETYPE_PEM) == 1 else {
            throw TLSFault(
                operation: "read the TLS key", cause: "no PEM key for the certificate is in it",
                remedy: "Check the file's path, owner and mode, that it is under no password,"
                    + " and that it belongs to the certificate.")
        }
    }

    deinit { unsafe SSL_CTX_free(context) }

    /// The last moment at which the own certificate holds.
    var expiresAt: Timestamp {
        guard let certificate = unsafe SSL_CTX_get0_certificate(context) else { return .earliest }
        unsafe X509_up_ref(certificate)
        return unsafe HeldCertificate(taking: certificate).expiresAt
    }

    private static func harden(_ context: OpaquePointer) {
        unsafe SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        unsafe SSL_CTX_set_cipher_list(
            context, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL:!SHA1:!kRSA")
        // Bits of SSL_CTX_set_options(3), whose macros shift and do not import.
        let noRenegotiation: UInt64 = 1 << 30
        let noCompression: UInt64 = 1 << 17
        let ignoreUnexpectedEnd: UInt64 = 1 << 7
        unsafe SSL_CTX_set_options(context, noRenegotiation | noCompression | ignoreUnexpectedEnd)
        unsafe SSL_CTX_ctrl(
            context, SSL_CTRL_MODE,
            Int(
                SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                    | SSL_MODE_RELEASE_BUFFERS), nil)
        unsafe "X25519:P-256:P-384".withCString { groups in
            _ = unsafe SSL_CTX_ctrl(
                context, SSL_CTRL_SET_GROUPS_LIST, 0, UnsafeMutableRawPointer(mutating: groups))
        }
        unsafe SSL_CTX_set_alpn_select_cb(context, selectProtocol, nil)
        unsafe "convey".withCString { name in
            _ = unsafe name.withMemoryRebound(to: UInt8.self, capacity: 6) {
                unsafe SSL_CTX_set_session_id_context(context, $0, 6)
            }
        }
    }
}

/// Chooses `http/1.1`; a client that offers protocols without it is refused (RFC 7301, section 3.2).
private func selectProtocol(
    _: OpaquePointer?, chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    length: UnsafeMutablePointer<UInt8>?, offered: UnsafePointer<UInt8>?, offeredLength: UInt32,
    _: UnsafeMutableRawPointer?
) -> Int32 {
    guard let chosen = unsafe chosen, let length = unsafe length, let offered = unsafe offered
    else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredLength))
    var index = 0
    while index < list.count {
        let size = Int(unsafe list[index])
        guard index + 1 + size <= list.count else { break }
        if unsafe list[(index + 1)..<(index + 1 + size)].elementsEqual("http/1.1".utf8) {
            unsafe chosen.pointee = offered + index + 1
            unsafe length.pointee = UInt8(size)
            return SSL_TLSEXT_ERR_OK
        }
        index += 1 + size
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}

/// One connection's TLS state over a non-blocking socket; used on its loop's thread only.
@safe final class TLSSession {
    private let session: OpaquePointer

    init?(context: ContextHandle, descriptor: Int32) {
        guard let session = unsafe SSL_new(context.context) else { return nil }
        unsafe self.session = session
        unsafe SSL_set_accept_state(session)
        guard unsafe SSL_set_fd(session, descriptor) == 1 else { return nil }
    }

    deinit { unsafe SSL_free(session) }

    func handshake() -> Socket.Step {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(session)
        return result == 1 ? .moved(0) : step(result)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Socket.Step {
        ERR_clear_error()
        let result = unsafe SSL_read(session, buffer.baseAddress, Int32(clamping: buffer.count))
        return result > 0 ? .moved(Int(result)) : step(result)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Socket.Step {
        ERR_clear_error()
        let result = unsafe SSL_write(session, bytes.baseAddress, Int32(clamping: bytes.count))
        return result > 0 ? .moved(Int(result)) : step(result)
    }

    /// Tells the client that nothing more comes; its own word is not awaited.
    func shutdown() {
        ERR_clear_error()
        _ = unsafe SSL_shutdown(session)
    }

    private func step(_ result: Int32) -> Socket.Step {
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ: .blocked(onWrite: false)
        case SSL_ERROR_WANT_WRITE: .blocked(onWrite: true)
        case SSL_ERROR_ZERO_RETURN: .ended
        default: .failed
        }
    }
}
