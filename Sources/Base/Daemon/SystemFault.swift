private import Glibc

/// The operating system refused a call.
package struct SystemFault: Fault, Equatable {
    /// What was being done.
    package let operation: String
    /// The code of errno(3).
    package let code: Int32
    /// What the operator can do about it.
    package let remedy: String

    /// Names what failed.
    /// - Parameters:
    ///   - code: errno as it stood right after the call.
    ///   - remedy: a sentence; where none is given, one that fits the code.
    package init(_ operation: String, code: Int32, remedy: String? = nil) {
        self.operation = operation
        self.code = code
        self.remedy = remedy ?? Self.remedy(for: code)
    }

    /// The code in words.
    package var cause: String {
        switch code {
        case EACCES, EPERM: "permission denied"
        case ENOENT: "it does not exist"
        case EEXIST: "it exists already"
        case ENOSPC, EDQUOT: "no space left on the disk"
        case EROFS: "the file system is read-only"
        case EIO: "the disk reported an error"
        case EMFILE, ENFILE: "too many open files"
        case EADDRINUSE: "the address is in use"
        case EADDRNOTAVAIL: "the address is not one of this machine"
        case EISDIR: "it is a directory"
        case ENOTDIR: "a part of the path is not a directory"
        case EFBIG: "it is too large"
        case EWOULDBLOCK: "another process holds it"
        default: "system error \(code)"
        }
    }

    /// True for what passes by itself: a full disk, too many files, an interruption.
    package var canRetry: Bool {
        [ENOSPC, EDQUOT, EMFILE, ENFILE, EINTR, EAGAIN, ENOMEM, EWOULDBLOCK].contains(code)
    }

    private static func remedy(for code: Int32) -> String {
        switch code {
        case EACCES, EPERM: "Check the owner and mode of the path and of its directories."
        case ENOENT, ENOTDIR, EISDIR: "Check the path."
        case ENOSPC, EDQUOT: "Free space on that file system."
        case EROFS: "Mount the file system writable."
        case EIO: "Check the disk, and restore from a backup if it is failing."
        case EMFILE, ENFILE: "Raise LimitNOFILE."
        case EADDRINUSE: "Stop the other program or choose another port."
        default: "See errno(3) for the number."
        }
    }
}
