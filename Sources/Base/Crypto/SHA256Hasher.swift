internal import COpenSSL

/// Digests messages with SHA-256, piece by piece, with one reusable OpenSSL context.
///
/// Made for the batch chain, which digests two small messages an event: keep one hasher for the
/// whole batch. After `finish()` it is ready for the next message. It cannot be shared.
@safe package struct SHA256Hasher: ~Copyable {
    private let context: OpaquePointer

    /// Starts an empty message.
    package init() {
        guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("Out of memory.") }
        unsafe self.context = unsafe context
        unsafe required(EVP_DigestInit_ex2(context, Self.algorithm, nil))
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Adds bytes to the message.
    package func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe required(EVP_DigestUpdate(context, buffer.baseAddress, buffer.count))
        }
    }

    /// Adds bytes to the message.
    package func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// Adds the 32 bytes of another digest to the message.
    package func update(_ digest: SHA256Digest) {
        unsafe digest.withUnsafeBytes { buffer in
            unsafe required(EVP_DigestUpdate(context, buffer.baseAddress, buffer.count))
        }
    }

    /// Ends the message, returns its digest, and starts the next message.
    package func finish() -> SHA256Digest {
        let digest = unsafe SHA256Digest { [context = unsafe context] target in
            let start = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe required(EVP_DigestFinal_ex(context, start, nil))
        }
        unsafe required(EVP_DigestInit_ex2(context, nil, nil))
        return digest
    }

    /// Digests one whole message between others.
    package func digest(of message: Span<UInt8>) -> SHA256Digest {
        update(message)
        return finish()
    }

    /// Fetched once: looking the algorithm up by name takes longer than a small message does.
    nonisolated(unsafe) private static let algorithm: OpaquePointer? =
        unsafe EVP_MD_fetch(nil, "SHA256", nil)
}

/// Crashes where OpenSSL fails at something that only a bug or exhausted memory can make fail.
func required(_ result: CInt) {
    precondition(result == 1, "OpenSSL refused an operation that cannot fail.")
}
