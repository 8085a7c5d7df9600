import Child
import ConveyProtocol
import Crypto
import Daemon
import Foundation
import HTTP
import TestSupport
import Testing
import Time

@testable import Destinations
@testable import Doubles

/// Goal: neither what Convey sends nor what the double takes can drift away from Google's real schema.
/// Method: a Python program with the vendor's own message classes reads the one and rivals the other,
/// also on bodies altered at random; a failure prints the seed.
@Suite struct VendorClassesTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    struct Work: Encodable {
        let url: String
        let token: String
        let schema: String
        let verdicts: String
        let sent: [Data]
        let seed: UInt32
        let cases: Int
    }

    /// Batches with every field that Convey ever sets, in every combination that chance finds.
    static func batches(_ random: inout SeededRandom) -> [PlatformBatch] {
        (0..<100).map { number in
            let count = Int.random(in: 1...3, using: &random)
            let uploads = (0..<count).map { upload("S\(number).\($0)", &random) }
            var batch = PlatformBatch(to: EventBodyTests.address, uploads)
            if Bool.random(using: &random) { batch.address.loginAccount = nil }
            batch.validateOnly = number % 5 == 0
            return batch
        }
    }

    private static func upload(_ id: String, _ random: inout SeededRandom) -> PlatformUpload {
        let now = Timestamp("2026-03-09T12:00:00Z") ?? .earliest
        let currency = ["EUR", "JPY", "KWD"].randomElement(using: &random).flatMap(Currency.init)
        var upload = PlatformUpload(
            id, at: now - .milliseconds(Int.random(in: 0...5_000_000_000, using: &random)),
            value: Money(
                micros: Int64.random(in: 0...99_999_999, using: &random) * 10_000,
                currency: currency ?? EventBodyTests.eur))
        let states = Consent.State.allCases.filter { $0 != .denied }
        upload.consent.adUserData = states.randomElement(using: &random) ?? .unknown
        upload.consent.adPersonalization =
            Consent.State.allCases.randomElement(using: &random) ?? .unknown
        let hash = SHA256Digest(of: Array(id.utf8)).hex
        if Bool.random(using: &random) {
            let kind = PlatformClick.Kind.allCases.randomElement(using: &random) ?? .gclid
            upload.click = PlatformClick(kind, "EAIaIQobChMI-_\(hash.prefix(20))")
        }
        if upload.click == nil || Bool.random(using: &random) {
            upload.user = PlatformUser(emailSHA256: hash)
            if Bool.random(using: &random) { upload.user?.phoneSHA256 = hash }
            if Bool.random(using: &random) {
                upload.user?.address = .init(
                    firstNameSHA256: hash, lastNameSHA256: hash, country: "DE",
                    postalCode: "10115")
            }
        }
        if Bool.random(using: &random) { upload.userAgent = "Mozilla/5.0 \"é\"" }
        return upload
    }

    @Test func agreesWithTheVendorsClasses() async throws {
        let python = Self.root.appending(path: ".venv/bin/python").path
        try #require(
            FileManager.default.isExecutableFile(atPath: python),
            "`make setup` installs what this test needs into .venv")
        var random = SeededRandom(seed: UInt64.random(in: 0...UInt64(UInt32.max)))
        let batches = Self.batches(&random)
        let seed = UInt32(random.seed)
        let folder = try TemporaryDirectory()
        try await Bench.with { bench async throws in
            let token = try await bench.tokens.token().revealed
            let work = Work(
                url: bench.double.origin.url, token: token, schema: DataManagerSchema.text,
                verdicts: VerdictTests.file.path,
                sent: batches.map { Data(bench.client.preview($0).utf8) }, seed: seed, cases: 1500)
            let file = folder.file("work.json")
            try JSONEncoder().encode(work).write(to: URL(filePath: file))
            let script = Self.root.appending(path: "Tests/Independent/data_manager.py").path
            let program = try Program.start(python, [script, file], log: folder.file("log"))
            let status = await program.ended()
            let log = try String(contentsOfFile: folder.file("log"), encoding: .utf8)
            #expect(status == 0, "seed \(seed): \(log.suffix(3000))")
        }
    }
}
