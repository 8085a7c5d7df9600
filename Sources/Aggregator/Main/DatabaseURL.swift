import Daemon

/// The address of a PostgreSQL database, as far as an operator can get it wrong before anything is
/// connected to. Pure.
///
/// What else libpq reads (a service file, environment variables) holds as well.
/// - Source: PostgreSQL 15, section 34.1.1.2.
enum DatabaseURL {
    /// - Returns: what the address must be instead; nil for one that may be tried.
    static func problem(_ text: String) -> String? {
        let schemes = ["postgres://", "postgresql://"]
        guard let scheme = schemes.first(where: { text.hasPrefix($0) }) else {
            return "an address like postgres://convey@db.example/convey?sslmode=verify-full"
        }
        let rest = text.dropFirst(scheme.count)
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let front = parts.first ?? ""
        let slash = front.firstIndex(of: "/") ?? front.endIndex
        let user = front[..<slash].lastIndex(of: "@").map { front[..<$0] } ?? ""
        guard !user.contains(":") else { return Self.noPassword }
        guard slash < front.endIndex, front[slash...].count > 1 else {
            return "an address that ends with the database's name, as postgres://db.example/convey"
        }
        guard parts.count == 2 else { return nil }
        return parts[1].split(separator: "&").lazy.compactMap { problem(ofParameter: $0) }.first
    }

    private static let noPassword =
        "an address without a password: it belongs in the file that database.password_file names"

    private static func problem(ofParameter text: Substring) -> String? {
        let name = String(text.prefix { $0 != "=" })
        switch name {
        case "password", "sslpassword": return noPassword
        case "target_session_attrs":
            return "an address without target_session_attrs: the host that takes writes is used"
        case _ where parameters.contains(name): return nil
        default: return "an address with parameters of libpq only; it has another: \(shown(name))"
        }
    }

    /// A name that is shown has the form of one: a password may stand in its place.
    private static func shown(_ name: String) -> String {
        let isName =
            (1...40).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 == 0x5F }
        return isName ? name : "one of no legal form"
    }

    private static let parameters: Set = [
        "host", "hostaddr", "port", "dbname", "user", "passfile", "channel_binding", "options",
        "connect_timeout", "client_encoding", "application_name", "fallback_application_name",
        "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count",
        "tcp_user_timeout", "gssencmode", "sslmode", "sslcompression", "sslcert", "sslkey",
        "sslrootcert", "sslcrl", "sslcrldir", "sslsni", "requirepeer",
        "ssl_min_protocol_version", "ssl_max_protocol_version", "krbsrvname", "gsslib", "service",
    ]
}

extension ConfigurationKind where Value == String {
    /// The address of a PostgreSQL database, without a password.
    static var databaseURL: Self {
        Self("the address of a PostgreSQL database, postgres://user@host/name") {
            text throws(ConfigurationProblem.Reason) in
            guard text.utf8.count <= 2048 else { throw .malformed("of 2048 bytes at most") }
            if let problem = DatabaseURL.problem(text) { throw .malformed(problem) }
            return text
        } write: {
            $0
        }
    }
}
