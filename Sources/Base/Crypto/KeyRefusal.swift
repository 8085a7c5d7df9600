private import Glibc

/// Why bytes or text are not taken for a key.
package enum KeyRefusal: Error, Equatable {
    /// The count of bytes is not that of such a key.
    case wrongLength(bytes: Int, expected: Int)
    /// The text is not one PEM block of an unencrypted private key.
    case malformed
    /// The key is of another algorithm than the one asked for.
    case wrongAlgorithm
}

/// Why a key file could not be read or written. Has the shape of Daemon's `Fault`.
package struct KeyFileFault: Error, Equatable {
    /// Which step failed.
    package enum Step: Sendable {
        case open, create, write, flush, read, permissions, content
    }

    /// Where it stopped.
    package let step: Step
    /// The key file, not its draft.
    package let path: String
    /// The system's error number; 0 where the file itself is at fault.
    package let errorNumber: Int32

    /// What was being done.
    package var operation: String {
        switch step {
        case .open, .read, .permissions, .content: "read the key file"
        case .create, .write, .flush: "write the key file"
        }
    }

    /// What went wrong.
    package var cause: String {
        switch step {
        case .permissions: "others than its owner can read it"
        case .content: "it holds no Ed25519 private key in PEM form"
        case .create where errorNumber == EEXIST: "it is there already, and is never replaced"
        case .open where errorNumber == ENOENT: "it does not exist"
        case .open, .create, .write, .flush, .read: "system error \(errorNumber)"
        }
    }

    /// What the operator can do about it.
    package var remedy: String {
        switch step {
        case .permissions: "Run: chmod 600 \(path)"
        case .content: "Put the right file there: \(path)"
        case .create where errorNumber == EEXIST: "Choose another path than \(path)"
        case .open, .create, .write, .flush, .read:
            "Check that \(path) and its folder exist, that this user has the rights, and the disk."
        }
    }

    /// Never by itself.
    package var canRetry: Bool { false }
}
