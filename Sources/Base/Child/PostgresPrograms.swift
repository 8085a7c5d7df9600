import Daemon
import FoundationEssentials
import Glibc

/// PostgreSQL's own programs as this machine has them, run as a user that they accept: they refuse to
/// work as root.
struct PostgresPrograms {
    private let folder: String
    /// Who the server runs as, where this process is root; nil keeps the user.
    private let user: Account?

    private struct Account {
        let user: uid_t
        let group: gid_t
    }

    /// Finds the newest server of `/usr/lib/postgresql`, else the one that `pg_config` names.
    init() throws {
        folder = try Self.findFolder()
        user = geteuid() == 0 ? try Self.account(of: ["postgres", "nobody"]) : nil
    }

    /// One of the programs, ready for `Spawn`: as the user, and ended with the thread that starts it.
    /// - Parameter farewell: the signal's name, for when that thread ends first.
    func command(
        _ program: String, _ arguments: [String], farewell: String = "KILL"
    ) -> (executable: String, arguments: [String]) {
        var words = ["--pdeathsig", farewell]
        if let user {
            words += ["--reuid", "\(user.user)", "--regid", "\(user.group)", "--clear-groups"]
        }
        return ("/usr/bin/setpriv", words + ["--", "\(folder)/\(program)"] + arguments)
    }

    /// Makes a folder, unless it is there, and makes the server's user its owner. Files that
    /// `BoundedFile` writes in there are that user's, too.
    func own(_ path: String) throws {
        guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST, unsafe chmod(path, 0o755) == 0
        else {
            throw Program.Fault(description: "cannot make \(path): error \(errno)")
        }
        guard let user, unsafe chown(path, user.user, user.group) != 0 else { return }
        throw Program.Fault(description: "cannot give away \(path): error \(errno)")
    }

    private static func findFolder() throws -> String {
        let root = "/usr/lib/postgresql"
        let manager = FileManager.default
        if manager.fileExists(atPath: root) {
            let versions = try manager.contentsOfDirectory(atPath: root).compactMap(Int.init)
            let found = versions.sorted(by: >).map { "\(root)/\($0)/bin" }
                .first { manager.isExecutableFile(atPath: "\($0)/postgres") }
            if let found { return found }
        }
        let scratch = manager.temporaryDirectory.path + "/convey-pg-config-\(getpid())"
        defer { for end in ["out", "err"] { _ = unsafe unlink("\(scratch).\(end)") } }
        let outcome = try Program.runBlocking(
            "/usr/bin/env", ["pg_config", "--bindir"], scratch: scratch)
        let folder = outcome.output.prefix { $0 != "\n" }
        guard manager.isExecutableFile(atPath: "\(folder)/postgres") else {
            throw Program.Fault(
                description: "no PostgreSQL server is installed: scripts/setup brings Debian's")
        }
        return String(folder)
    }

    private static func account(of names: [String]) throws -> Account {
        for name in names {
            guard let entry = unsafe getpwnam(name) else { continue }
            return unsafe Account(user: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
        }
        throw Program.Fault(description: "neither the user postgres nor nobody is there")
    }
}
