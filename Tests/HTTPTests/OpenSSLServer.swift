import Foundation
import Glibc

/// Debian's `openssl s_server`, a TLS server that is not ours. Answers any GET with 200.
final class OpenSSLServer {
    let port: Int
    private let process: pid_t
    private let folder: URL

    init(certificatePEM: String, keyPEM: String, _ options: [String] = []) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        let certificate = folder.appending(path: "certificate.pem").path
        let key = folder.appending(path: "key.pem").path
        try Data(certificatePEM.utf8).write(to: URL(filePath: certificate))
        try Data(keyPEM.utf8).write(to: URL(filePath: key))
        var ends: [Int32] = [0, 0]
        unsafe pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        process = try Self.spawn(
            ["/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:0", "-www"]
                + ["-cert", certificate, "-key", key] + options, output: ends[1])
        close(ends[1])
        defer { close(ends[0]) }
        port = try Self.readPort(ends[0])
    }

    deinit {
        kill(process, SIGKILL)
        var status: Int32 = 0
        unsafe waitpid(process, &status, 0)
        try? FileManager.default.removeItem(at: folder)
    }

    private static func spawn(_ arguments: [String], output: Int32) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { for index in unsafe words.indices { unsafe free(words[index]) } }
        var process: pid_t = 0
        guard unsafe posix_spawn(&process, arguments[0], &actions, nil, &words, environ) == 0
        else { throw POSIXError(.ENOENT) }
        return process
    }

    /// Reads until the server says where it listens, which it does when it is ready.
    private static func readPort(_ output: Int32) throws -> Int {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while unsafe read(output, &byte, 1) == 1 {
            text.append(byte)
            guard byte == UInt8(ascii: "\n") else { continue }
            let line = String(decoding: text, as: UTF8.self)
            if let match = line.firstMatch(of: /ACCEPT .*:([0-9]+)\n/),
                let port = Int(match.output.1)
            {
                return port
            }
        }
        throw POSIXError(.ECONNREFUSED)
    }
}
