/// Why bytes or text are not taken for a key.
package enum KeyRefusal: Error, Equatable {
    /// The count of bytes is not that of such a key.
    case wrongLength(bytes: Int, expected: Int)
    /// The text is not one PEM block of an unencrypted private key.
    case malformed
    /// The key is of another algorithm than the one asked for.
    case wrongAlgorithm
}

/// Why a key file could not be read or written.
package struct KeyFileFault: Error, Equatable {
    /// Names the step that failed: `open`, `read`, `write`, `fsync`, `permissions`, `content`.
    package let operation: String
    package let path: String
    /// The system's error number; 0 where the file itself is at fault.
    package let errorNumber: Int32

    /// Tells an operator what to do.
    package var advice: String {
        switch operation {
        case "permissions": "Others can read this key file. Run: chmod 600 \(path)"
        case "content": "This file holds no Ed25519 private key in PEM form."
        case "create" where errorNumber == 17: "A key file is there already and is not replaced."
        default: "Check that the file and its folder exist, with rights for this user, and space."
        }
    }
}
