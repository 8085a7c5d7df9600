import Crypto
import Daemon
import Testing
import Time

@testable import HTTP

/// Goal: of the steps to a server the first that fails is named. Method: names that are none, ports that
/// nobody listens on, and a TLS server that is not ours.
@Suite struct ServerProbeTests {
    private func look(
        _ url: String, _ trust: Client.Settings.Trust = .system
    ) throws -> ServerProbe.Outcome {
        ServerProbe.look(at: try #require(Origin(url)), trusting: trust, within: .seconds(20))
    }

    @Test func aNameThatLeadsNowhere() throws {
        #expect(try look("https://nowhere.invalid") == .unresolved)
    }

    @Test func aPortThatNobodyListensOn() throws {
        guard case .unreachable(let fault) = try look("https://127.0.0.1:1") else {
            Issue.record("It was reached.")
            return
        }
        #expect(fault.code == 111)
    }

    @Test func aCertificateOfThePinnedAuthority() throws {
        let server = try TLSFixture()
        let trusted = try look(
            "https://localhost:\(server.port)", .authority(pem: server.authority))
        #expect(
            trusted == .secured(.init(expiresAt: server.expiresAt, distrust: nil)))
    }

    @Test func aCertificateOfNobodyKnown() throws {
        let server = try TLSFixture()
        guard case .secured(let certificate) = try look("https://localhost:\(server.port)") else {
            Issue.record("No TLS came up.")
            return
        }
        #expect(certificate.expiresAt == server.expiresAt)
        #expect(certificate.distrust != nil)
    }

    @Test func aCertificateForAnotherName() throws {
        let server = try TLSFixture(name: "other.example")
        let outcome = try look(
            "https://localhost:\(server.port)", .authority(pem: server.authority))
        guard case .secured(let certificate) = outcome else {
            Issue.record("No TLS came up.")
            return
        }
        #expect(certificate.distrust?.isEmpty == false)
    }

    @Test func aServerWithoutTLS() throws {
        let server = try TLSFixture()
        #expect(try look("http://localhost:\(server.port)") == .plain)
    }
}

/// A TLS server with a certificate of an authority of its own.
private final class TLSFixture {
    let authority: String
    let expiresAt = Timestamp(unixSeconds: 2_000_000_000)
    private let server: OpenSSLServer

    init(name: String = "localhost") throws {
        let validity = Timestamp(unixSeconds: 0)..<expiresAt
        let issuer = CertificateAuthority(name: "Convey test", validity: validity)
        let identity = issuer.issue(hosts: [name], validity: validity)
        authority = issuer.certificatePEM
        server = try OpenSSLServer(
            certificatePEM: identity.certificatePEM, keyPEM: identity.keyPEM)
    }

    var port: Int { server.port }
}
