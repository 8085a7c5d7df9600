/// How a `PostgresServer` runs.
package struct PostgresServerOptions: Sendable {
    /// A certificate and its key, both PEM.
    package struct Identity: Sendable {
        let certificatePEM: String
        let keyPEM: String

        /// - Parameter certificatePEM: the server's certificate, without its authority's.
        package init(certificatePEM: String, keyPEM: String) {
            self.certificatePEM = certificatePEM
            self.keyPEM = keyPEM
        }
    }

    /// Whether a commit is on disk before it is answered. Without, a machine's crash may lose
    /// everything, and a test of statements is faster; a crash of the server alone loses nothing.
    package var isDurable = true
    /// More of its settings, by their names in `postgresql.conf`; they win over the server's own.
    package var settings: [String: String] = [:]
    /// The port on 127.0.0.1, beside the socket; none by default.
    package var port: Int?
    /// What it shows to clients over TCP, which must then speak TLS.
    package var identity: Identity?
    /// What the user `convey` must say over TCP; the socket asks nobody.
    package var password: String?

    /// A durable server that listens on its socket alone.
    package init() {}

    /// The settings as arguments of `postgres`.
    func arguments(folder: String) -> [String] {
        var all = [
            "unix_socket_directories": folder, "port": "\(PostgresServer.socketNumber)",
            "listen_addresses": "", "timezone": "UTC", "log_timezone": "UTC",
            "log_min_messages": "warning", "cluster_name": "convey",
        ]
        if let port {
            all["listen_addresses"] = "127.0.0.1"
            all["port"] = "\(port)"
        }
        if identity != nil {
            all["ssl"] = "on"
            all["ssl_cert_file"] = "\(folder)/server.crt"
            all["ssl_key_file"] = "\(folder)/server.key"
        }
        if !isDurable {
            for name in ["fsync", "synchronous_commit", "full_page_writes"] { all[name] = "off" }
        }
        all.merge(settings) { $1 }
        return all.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
    }

    /// Who may come from where, as `pg_hba.conf` says it.
    var access: String {
        let transport = identity == nil ? "host" : "hostssl"
        let proof = password == nil ? "trust" : "scram-sha-256"
        return """
            local all all trust
            local replication all trust
            \(transport) all all 127.0.0.1/32 \(proof)

            """
    }
}
