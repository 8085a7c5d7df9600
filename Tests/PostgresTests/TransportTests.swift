import Child
import Crypto
import FoundationEssentials
import Postgres
import TestSupport
import Testing
import Time

/// Goal: a connection over a network is to the right server and to nobody else, and passwords are told
/// to nobody. Method: a server that demands TLS and a password, with certificates made here.
@Suite struct TransportTests {
    private static let password = "correct-horse"
    private static let now = SystemClock().now()
    private static let validity = (now - .seconds(3_600))..<(now + .seconds(3_600))

    /// A server, and what a client needs to know of it.
    private struct Scene {
        let directory: TemporaryDirectory
        let server: PostgresServer
        let port: Int

        init(host: String = "localhost") async throws {
            directory = try TemporaryDirectory()
            port = try FreePort.pick()
            let authority = CertificateAuthority(name: "Test", validity: validity)
            let identity = authority.issue(hosts: [host], validity: validity)
            let stranger = CertificateAuthority(name: "Test", validity: validity)
            var options = PostgresServerOptions()
            options.port = port
            options.password = password
            options.identity = .init(
                certificatePEM: identity.certificatePEM, keyPEM: identity.keyPEM)
            server = try await TestPostgres.start(in: directory, options)
            try write(authority.certificatePEM, "authority")
            try write(stranger.certificatePEM, "stranger")
        }

        private func write(_ text: String, _ name: String) throws {
            try text.write(toFile: directory.file(name), atomically: true, encoding: .utf8)
        }

        func connect(
            trusting authority: String = "authority", mode: String = "verify-full",
            password: String = TransportTests.password
        ) throws -> Connection {
            let root = mode == "disable" ? "" : "&sslrootcert=\(directory.file(authority))"
            let query = "sslmode=\(mode)\(root)"
            var target = ConnectionTarget(
                url: "postgres://convey@localhost:\(port)/convey?\(query)")
            target.password = password
            return try Connection(target)
        }
    }

    @Test func theRightServerIsTrusted() async throws {
        let scene = try await Scene()
        let row = try scene.connect().run(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", [])[0]
        #expect(row.integer(0) == 1)
    }

    @Test func anotherAuthoritysServerIsNot() async throws {
        let scene = try await Scene()
        let error = #expect(throws: PostgresError.self) { try scene.connect(trusting: "stranger") }
        #expect(error?.kind == .unreachable)
        #expect(error?.message.contains("certificate") == true, "\(error?.message ?? "")")
    }

    @Test func aServerOfAnotherNameIsNot() async throws {
        let scene = try await Scene(host: "other.example")
        let error = #expect(throws: PostgresError.self) { try scene.connect() }
        #expect(error?.kind == .unreachable)
        #expect(error?.message.contains("other.example") == true, "\(error?.message ?? "")")
    }

    @Test func aServerThatWantsTLSTakesNoPlainConnection() async throws {
        let scene = try await Scene()
        let error = #expect(throws: PostgresError.self) { try scene.connect(mode: "disable") }
        #expect(error?.kind == .unreachable)
    }

    @Test func aWrongPasswordIsToldToNobody() async throws {
        let scene = try await Scene()
        let error = #expect(throws: PostgresError.self) {
            try scene.connect(password: "wrong-horse")
        }
        #expect(error?.kind == .unreachable)
        #expect(error?.description.contains("horse") == false)
        #expect(error?.message.contains("password authentication failed") == true)
    }
}
