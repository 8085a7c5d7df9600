import Crypto
import Daemon
import Foundation
import HTTP
import Testing
import Time

/// Goal: only the right server over a good connection is spoken to, and every other is named in
/// plain words. Method: Debian's `openssl s_server` with certificates of our own authority.
@Suite struct ClientTLSTests {
    static let always =
        Timestamp(unixSeconds: 1_600_000_000)..<Timestamp(unixSeconds: 4_000_000_000)
    let authority = CertificateAuthority(name: "Convey test", validity: always)

    func outcome(
        hosts: [String] = ["localhost"], validity: Range<Timestamp> = always,
        options: [String] = [], trust: Client.Settings.Trust? = nil
    ) async throws -> HTTPFault.Reason? {
        let identity = authority.issue(hosts: hosts, validity: validity)
        let server = try OpenSSLServer(
            certificatePEM: identity.certificatePEM, keyPEM: identity.keyPEM, options)
        let client = Client(
            Client.Settings(trust: trust ?? .authority(pem: authority.certificatePEM)))
        let origin = try #require(Origin("https://localhost:\(server.port)"))
        do throws(HTTPFault) {
            let response = try await client.send(ClientRequest(.get, origin, "/"))
            #expect(response.status == 200)
            return nil
        } catch {
            #expect(error.sentence.hasPrefix("Could not reach the server: "))
            return error.reason
        }
    }

    @Test func trustsOnlyTheGivenAuthority() async throws {
        #expect(try await outcome() == nil)
        let other = CertificateAuthority(name: "Convey test", validity: Self.always)
        #expect(
            try await outcome(trust: .authority(pem: other.certificatePEM))
                == .certificateOfUnknownAuthority)
        #expect(try await outcome(trust: .system) == .certificateOfUnknownAuthority)
        #expect(try await outcome(trust: .authority(pem: "x")) == .authorityUnreadable)
    }

    @Test func namesWhatIsWrongWithACertificate() async throws {
        let otherName = try await outcome(hosts: ["portal.example"])
        #expect(otherName == .certificateForAnotherName)
        #expect(
            try await outcome(
                validity: Timestamp(
                    unixSeconds: 1_600_000_000)..<Timestamp(unixSeconds: 1_600_000_001))
                == .certificateExpired)
        #expect(
            try await outcome(
                validity: Timestamp(
                    unixSeconds: 3_900_000_000)..<Timestamp(unixSeconds: 4_000_000_000))
                == .certificateNotYetValid)
    }

    @Test func speaksTLS12AndNewerOnly() async throws {
        #expect(try await outcome(options: ["-tls1_2"]) == nil)
        #expect(try await outcome(options: ["-tls1_3"]) == nil)
        #expect(
            try await outcome(options: ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]) == .tlsFailed)
    }

    @Test func saysThatAPlainServerSpeaksNoTLS() async throws {
        let peer = try ScriptedPeer([.answer("HTTP/1.1 200 OK\r\n\r\n")])
        defer { peer.stop() }
        let origin = try #require(Origin("https://127.0.0.1:\(peer.port)"))
        let client = Client(Client.Settings(connectTimeout: .seconds(1)))
        let fault = await #expect(throws: HTTPFault.self) {
            try await client.send(ClientRequest(.get, origin, "/"))
        }
        #expect(fault?.reason == .connectTimedOut)
    }
}
