import Child
import Crypto
import Foundation
import Testing
import Time

/// Goal: other TLS programs accept our certificates, for their hosts only. Method: Debian's
/// `openssl verify` judges them.
@Suite struct CertificateTests {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    let validity =
        Timestamp(
            microseconds: 1_700_000_000_000_000)..<Timestamp(
            microseconds: 1_800_000_000_000_000)

    func verifies(
        _ identity: CertificateAuthority.Identity, under authority: CertificateAuthority,
        _ options: [String], at seconds: Int = 1_750_000_000
    ) throws -> Bool {
        let manager = FileManager.default
        try manager.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? manager.removeItem(at: folder) }
        let authorityFile = folder.appending(path: "authority.pem")
        let certificateFile = folder.appending(path: "certificate.pem")
        try Data(authority.certificatePEM.utf8).write(to: authorityFile)
        try Data(identity.certificatePEM.utf8).write(to: certificateFile)
        let outcome = try Program.runBlocking(
            "/usr/bin/openssl",
            ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", authorityFile.path]
                + ["-attime", "\(seconds)"] + options + [certificateFile.path],
            scratch: folder.appending(path: "openssl").path)
        return outcome.status == 0
    }

    @Test func areAcceptedForTheirHostsOnly() throws {
        let authority = CertificateAuthority(name: "Convey test authority", validity: validity)
        let identity = authority.issue(
            hosts: ["localhost", "*.shop.example", "127.0.0.1", "::1"], validity: validity)
        #expect(try verifies(identity, under: authority, ["-verify_hostname", "localhost"]))
        #expect(try verifies(identity, under: authority, ["-verify_hostname", "a.shop.example"]))
        #expect(try verifies(identity, under: authority, ["-verify_ip", "127.0.0.1"]))
        #expect(try verifies(identity, under: authority, ["-verify_ip", "::1"]))
        #expect(try !verifies(identity, under: authority, ["-verify_hostname", "evil.example"]))
        #expect(try !verifies(identity, under: authority, [], at: 1_900_000_000))
        let other = CertificateAuthority(name: "Convey test authority", validity: validity)
        #expect(try !verifies(identity, under: other, []))
    }
}
