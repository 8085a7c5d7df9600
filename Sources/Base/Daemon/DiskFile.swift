private import Glibc

/// What a program does with whole files on its disk beside reading and writing them.
package enum DiskFile {
    /// Tells a file from a copy that was made beside it. The number of the file system is no part of
    /// it, since it may change from one start of the machine to the next.
    package struct Identity: Equatable, Sendable {
        /// Number of the file in its file system.
        package let inode: Int64

        /// An identity that was written down before.
        package init(inode: Int64) { self.inode = inode }
    }

    /// The identity of the file at the path; nil when there is none.
    package static func identity(_ path: String) -> Identity? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Identity(inode: Int64(bitPattern: UInt64(status.st_ino)))
    }

    /// Length of the file in bytes; 0 when there is none.
    package static func byteCount(_ path: String) -> Int64 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// The permission bits of the file or directory; nil when there is none.
    package static func permissions(_ path: String) -> UInt32? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    /// Bytes that an ordinary user may still write to the file system of the path.
    package static func freeBytes(at path: String) throws(SystemFault) -> Int64 {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else {
            throw SystemFault("look for free space at \(path)", code: errno)
        }
        return Int64(status.f_bavail) * Int64(status.f_frsize)
    }

    /// Makes a file of that many bytes that really lie on the disk, so that removing it frees them.
    /// A file that is already that long is left as it is; on failure none is left.
    package static func reserve(_ path: String, byteCount: Int64) throws(SystemFault) {
        guard self.byteCount(path) != byteCount else { return }
        let operation = "reserve space in \(path)"
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFault(operation, code: errno) }
        defer { close(file) }
        let code = ftruncate(file, 0) == 0 ? posix_fallocate(file, 0, off_t(byteCount)) : errno
        guard code == 0 else {
            unsafe unlink(path)
            throw SystemFault(operation, code: code)
        }
    }

    /// Removes the file; true when it was there.
    @discardableResult
    package static func remove(_ path: String) -> Bool { unsafe unlink(path) == 0 }

    /// Makes a directory of this name and random letters, its owner's alone.
    /// - Parameter folder: where temporary files lie.
    package static func makeTemporaryDirectory(
        named name: String, in folder: String
    ) throws(SystemFault) -> String {
        var path = Array("\(folder)/\(name)-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&path) != nil else {
            throw SystemFault("make a temporary directory", code: errno)
        }
        return String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes a directory with the plain files in it; what cannot be removed stays.
    package static func removeDirectory(_ path: String) {
        for name in names(in: path) { remove("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    /// Gives a file another name in the same file system; what had that name is replaced.
    package static func move(_ path: String, to target: String) throws(SystemFault) {
        guard unsafe rename(path, target) == 0 else {
            throw SystemFault("move \(path) to \(target)", code: errno)
        }
    }

    /// Copies a file beside another that changes meanwhile at most at its end; the copy is on the
    /// disk when this returns.
    package static func copy(_ path: String, to target: String) throws(SystemFault) {
        let reader = try FileReader(path)
        let operation = "copy \(path) to \(target)"
        let file = unsafe open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFault(operation, code: errno) }
        defer { close(file) }
        var offset: Int64 = 0
        while true {
            let bytes = reader.bytes(at: offset, count: 1_048_576)
            guard !bytes.isEmpty else { break }
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes {
                    unsafe write(file, $0.baseAddress, $0.count)
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw SystemFault(operation, code: errno) }
                rest = rest.dropFirst(count)
            }
            offset += Int64(bytes.count)
        }
        guard fsync(file) == 0 else { throw SystemFault(operation, code: errno) }
    }

    /// Makes the kernel forget what it holds of the file in memory, so that the next read shows what
    /// is on the disk. After a failed fsync(2) memory and disk may differ, and only memory is read.
    package static func forgetCached(_ path: String) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
    }

    /// Names of the plain entries of a directory, sorted; none when it cannot be read.
    package static func names(in directory: String) -> [String] {
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
