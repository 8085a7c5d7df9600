/// Where to connect and how the connection is set up.
package struct ConnectionTarget: Sendable {
    /// A URI of libpq's kind, with one host or several.
    /// - Source: PostgreSQL 15, section 34.1.1.2.
    package let url: String
    /// Goes before what the URL says.
    package var password: String?
    /// For each host, in whole seconds, at least 2.
    package var connectTimeout: Duration = .seconds(5)
    /// Longest run of one statement.
    package var statementTimeout: Duration = .seconds(30)
    /// What the server's own views show.
    package var applicationName = "convey"

    /// The usual times.
    package init(url: String) { self.url = url }

    /// Names and values for libpq: what comes later goes before what the URL says. Of several hosts
    /// the one is wanted that takes writes. A peer that is gone is noticed within 20 s.
    var options: [(name: String, value: String)] {
        var options = [
            ("dbname", url), ("target_session_attrs", "read-write"), ("client_encoding", "UTF8"),
            ("connect_timeout", "\(max(2, connectTimeout.components.seconds))"),
            ("application_name", applicationName), ("gssencmode", "disable"),
            ("keepalives_idle", "10"), ("keepalives_interval", "3"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "20000"),
        ]
        if let password { options.append(("password", password)) }
        return options
    }

    /// What every connection runs first. An acknowledged commit is on disk, whatever the server's own
    /// setting; stronger ones stay.
    var start: String {
        let milliseconds =
            statementTimeout.components.seconds * 1_000
            + statementTimeout.components.attoseconds / 1_000_000_000_000_000
        return """
            SET statement_timeout = \(milliseconds);
            SET idle_in_transaction_session_timeout = 60000;
            SET TimeZone = 'UTC'; SET jit = off; SET standard_conforming_strings = on;
            SELECT set_config('synchronous_commit', 'on', false)
            WHERE current_setting('synchronous_commit') IN ('off', 'local')
            """
    }
}
