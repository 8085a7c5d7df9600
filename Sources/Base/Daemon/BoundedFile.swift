private import Glibc

/// Whole small files: configuration, keys, cached settings.
package enum BoundedFile {
    /// Reads the whole file.
    /// - Parameter bytesMax: what is larger is refused, with EFBIG.
    package static func read(_ path: String, bytesMax: Int) throws(SystemFault) -> [UInt8] {
        let operation = "read \(path)"
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemFault(operation, code: errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(file, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemFault(operation, code: errno) }
            guard count > 0 else { return bytes }
            bytes += chunk.prefix(count)
            guard bytes.count <= bytesMax else { throw SystemFault(operation, code: EFBIG) }
        }
    }

    /// Replaces the file as a whole: after a crash it holds the old bytes or the new, never less.
    /// File and directory are synced before this returns. What root writes belongs to the directory's
    /// owner, so that a service without privileges can read what its operator has set up.
    /// - Parameter mode: the new file's mode, whatever the umask; 0600 for what is secret.
    package static func replace(
        _ path: String, with bytes: [UInt8], mode: UInt32 = 0o600
    ) throws(SystemFault) {
        let operation = "write \(path)"
        let draft = "\(path).new"
        unsafe unlink(draft)
        let file = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw SystemFault(operation, code: errno) }
        do throws(SystemFault) {
            defer { close(file) }
            guard fchmod(file, mode) == 0 else { throw SystemFault(operation, code: errno) }
            if geteuid() == 0 { try giveToOwner(of: path, file, operation) }
            try writeAll(bytes, to: file, operation)
            guard fsync(file) == 0 else { throw SystemFault(operation, code: errno) }
        } catch {
            unsafe unlink(draft)
            throw error
        }
        guard unsafe rename(draft, path) == 0 else { throw SystemFault(operation, code: errno) }
        try syncDirectory(of: path)
    }

    /// Takes a file away for good: no crash brings it back. Fine where there is none.
    package static func remove(_ path: String) throws(SystemFault) {
        guard unsafe unlink(path) == 0 else {
            if errno == ENOENT { return }
            throw SystemFault("remove \(path)", code: errno)
        }
        try syncDirectory(of: path)
    }

    /// Whether something stands at the path.
    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Makes the directory and those above it, each readable by its owner only; fine when it exists.
    package static func makeDirectory(_ path: String) throws(SystemFault) {
        var prefix = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            prefix += "/\(part)"
            guard unsafe mkdir(prefix, 0o700) == 0 || errno == EEXIST else {
                throw SystemFault("make the directory \(path)", code: errno)
            }
        }
    }

    private static func writeAll(
        _ bytes: [UInt8], to file: Int32, _ operation: String
    ) throws(SystemFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemFault(operation, code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    private static func giveToOwner(
        of path: String, _ file: Int32, _ operation: String
    ) throws(SystemFault) {
        var status = stat()
        guard unsafe stat(parent(of: path), &status) == 0,
            fchown(file, status.st_uid, status.st_gid) == 0
        else { throw SystemFault(operation, code: errno) }
    }

    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    /// A renamed file survives a power cut only when its directory was synced.
    static func syncDirectory(of path: String) throws(SystemFault) {
        let parent = parent(of: path)
        let directory = unsafe open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw SystemFault("open \(parent)", code: errno) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw SystemFault("sync \(parent)", code: errno) }
    }
}
