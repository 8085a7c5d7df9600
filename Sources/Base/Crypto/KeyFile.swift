internal import Glibc

/// Keeps private keys in files that only their owner can read.
package enum KeyFile {
    private static let bytesMax = 4096

    /// Writes a new key file with mode 0600 and makes it durable, folder entry included.
    ///
    /// A file that is already there is never replaced: a lost collector key cannot be made again.
    package static func write(_ key: SigningKey, to path: String) throws(KeyFileFault) {
        let temporary = path + ".new"
        unsafe unlink(temporary)
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw fault(.create, path) }
        defer { close(file) }
        let bytes = Array(key.pem.utf8)
        guard unsafe Glibc.write(file, bytes, bytes.count) == bytes.count
        else { throw fault(.write, path) }
        guard fsync(file) == 0 else { throw fault(.flush, path) }
        // A hard link fails where the name is taken; a rename would replace it.
        guard unsafe link(temporary, path) == 0 else { throw fault(.create, path) }
        unsafe unlink(temporary)
        try syncFolder(of: path)
    }

    /// Puts a key file, which `write` made, in the place of another at once: after a crash the old one
    /// or the new one is there, never none. Durable when it returns.
    package static func replace(_ path: String, with draft: String) throws(KeyFileFault) {
        guard unsafe rename(draft, path) == 0 else { throw fault(.write, path) }
        try syncFolder(of: path)
    }

    /// Reads a key file; refuses one that its group or others can read.
    package static func read(_ path: String) throws(KeyFileFault) -> SigningKey {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw fault(.open, path) }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw fault(.read, path) }
        guard status.st_mode & 0o077 == 0
        else { throw KeyFileFault(step: .permissions, path: path, errorNumber: 0) }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = unsafe Glibc.read(file, &bytes, bytes.count)
        guard count >= 0 else { throw fault(.read, path) }
        do throws(KeyRefusal) {
            return try SigningKey(pem: String(decoding: bytes.prefix(count), as: UTF8.self))
        } catch {
            throw KeyFileFault(step: .content, path: path, errorNumber: 0)
        }
    }

    private static func syncFolder(of path: String) throws(KeyFileFault) {
        let end = path.lastIndex(of: "/")
        let name = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let folder = unsafe open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw fault(.flush, path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw fault(.flush, path) }
    }

    private static func fault(_ step: KeyFileFault.Step, _ path: String) -> KeyFileFault {
        KeyFileFault(step: step, path: path, errorNumber: errno)
    }
}
