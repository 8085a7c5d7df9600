import Daemon
private import Glibc

/// Copies a file whose content nobody can change any more.
enum FileCopy {
    static func make(of path: String, at copy: String) throws {
        let source = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw SystemFault("read \(path)", code: errno) }
        defer { close(source) }
        DiskFile.remove(copy)
        let target = unsafe open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw SystemFault("write \(copy)", code: errno) }
        defer { close(target) }
        do {
            try pour(source, path, into: target, copy)
        } catch {
            DiskFile.remove(copy)
            throw error
        }
    }

    private static func pour(
        _ source: Int32, _ path: String, into target: Int32, _ copy: String
    ) throws {
        var chunk = [UInt8](repeating: 0, count: 1_048_576)
        var total = 0
        while true {
            let count = unsafe read(source, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemFault("read \(path)", code: errno) }
            guard count > 0 else { return }
            total += count
            guard total <= GeographyFile.bytesMax else {
                throw GeographyFault(path: path, reason: .tooLarge)
            }
            var written = 0
            while written < count {
                let step = unsafe chunk.withUnsafeBytes { bytes in
                    unsafe write(target, bytes.baseAddress! + written, count - written)
                }
                if step < 0, errno == EINTR { continue }
                guard step > 0 else { throw SystemFault("write \(copy)", code: errno) }
                written += step
            }
        }
    }
}
