import Daemon
import Foundation
import Testing
import Time

@testable import CollectorMain
@testable import ConveyProtocol
@testable import HTTP

/// Goal: the doctor says what is wrong and what to do, and is quiet about what is right. Method: facts by
/// hand; that each comes from the machine is tried end to end with the real program.
@Suite struct DoctorTests {
    private let now = Timestamp(unixSeconds: 1_767_225_600)
    private let origin = Origin("https://aggregator.example")!

    private func verdicts(_ findings: [Finding]) -> [Finding.Verdict] { findings.map(\.verdict) }

    @Test func aDiskThatKeepsNothingIsNamed() {
        let verdict = { (microseconds: Int64, isMemory: Bool) in
            Diagnosis.disk(
                DiskTrial(syncTime: .microseconds(microseconds), isMemory: isMemory)
            ).verdict
        }
        #expect(verdict(2, false) == .warning)
        #expect(verdict(40, false) == .fine)
        #expect(verdict(4000, false) == .fine)
        #expect(verdict(80_000, false) == .warning)
        #expect(verdict(400, true) == .error)
    }

    @Test func spaceIsHeldAgainstTheBudget() {
        let gibibyte: Int64 = 1 << 30
        let verdict = { (free: Int64, used: Int64) in
            Diagnosis.space(freeBytes: free, usedBytes: used, bytesMax: gibibyte).verdict
        }
        #expect(verdict(2 * gibibyte, 0) == .fine)
        #expect(verdict(gibibyte / 2, 0) == .warning)
        #expect(verdict(gibibyte / 2, gibibyte / 2 + 1) == .fine)
        #expect(verdict(1 << 20, gibibyte) == .error)
    }

    @Test func aLibraryWithKnownFaultsIsNamed() {
        #expect(Diagnosis.library(DebianVersion("2.1.12-stable-8")).verdict == .error)
        #expect(Diagnosis.library(DebianVersion("2.1.12-stable-8+deb12u1")).verdict == .fine)
        #expect(Diagnosis.library(nil).verdict == .skipped)
    }

    @Test func filesOfTheServiceAreItsOwn() {
        #expect(Diagnosis.permissions(of: "/x", mode: 0o700).verdict == .fine)
        #expect(Diagnosis.permissions(of: "/x", mode: 0o640).verdict == .error)
        #expect(Diagnosis.permissions(of: "/x", mode: nil).verdict == .skipped)
    }

    @Test func certificatesAreToldBeforeTheyEnd() {
        let verdict = { (days: Int64) in
            Diagnosis.certificate("own", expiresAt: now + .seconds(days * 86_400), at: now).verdict
        }
        #expect([-1, 0, 13, 14, 90].map(verdict) == [.error, .error, .warning, .fine, .fine])
    }

    @Test func theClockMayDifferByAsMuchAsTheProtocolTakes() {
        let verdict = { (seconds: Int64) in Diagnosis.clock(ahead: .seconds(seconds)).verdict }
        #expect([0, 5, -5].map(verdict) == [.fine, .fine, .fine])
        #expect([6, -300].map(verdict) == [.warning, .warning])
        #expect([301, -86_400].map(verdict) == [.error, .error])
        #expect(Diagnosis.clock(ahead: .seconds(60)).sentence.contains("60 s behind"))
        #expect(Diagnosis.clock(ahead: .seconds(-60)).sentence.contains("60 s ahead of"))
    }

    @Test func theFirstStepThatFailsIsNamed() {
        let later = now + .seconds(90 * 86_400)
        let cases: [(ServerProbe.Outcome, [Finding.Verdict])] = [
            (.unresolved, [.error]),
            (.unreachable(SystemFault("connect", code: 111)), [.fine, .error]),
            (.unsecured, [.fine, .fine, .error]),
            (.plain, [.fine, .fine, .warning]),
            (.secured(.init(expiresAt: later, distrust: nil)), [.fine, .fine, .fine, .fine]),
            (
                .secured(.init(expiresAt: now, distrust: "self-signed certificate")),
                [.fine, .fine, .error, .error]
            ),
        ]
        for (outcome, expected) in cases {
            #expect(verdicts(Diagnosis.way(to: origin, outcome, at: now)) == expected)
        }
    }

    @Test func aKeyThatIsNotTakenIsToldWithoutAlarm() {
        #expect(Diagnosis.answer(200).verdict == .fine)
        #expect(Diagnosis.answer(403).remedy?.contains("Enrol again") == true)
        #expect(Diagnosis.answer(500).verdict == .warning)
    }

    @Test func proxiesAreNeitherForgottenNorEverybody() {
        #expect(Diagnosis.proxies([], untrustedRequests: 0).verdict == .fine)
        #expect(Diagnosis.proxies([], untrustedRequests: 1).verdict == .error)
        #expect(Diagnosis.proxies(["0.0.0.0/0"], untrustedRequests: 0).verdict == .error)
        #expect(Diagnosis.proxies(["10.0.0.0/8"], untrustedRequests: 0).verdict == .fine)
    }

    @Test func saysWhatMetaLoses() {
        var site = SiteSettings.Site(
            id: SiteID(bytes: Array(0..<16))!, name: "shop.example", platform: .custom,
            currency: Currency("EUR")!, timeZone: "Europe/Berlin")
        #expect(Diagnosis.address(of: site).sentence.contains("Meta"))
        site.address = .drop
        #expect(Diagnosis.address(of: site).verdict == .warning)
        site.address = .full
        #expect(!Diagnosis.address(of: site).sentence.contains("Meta"))
    }

    @Test func everyFindingThatIsNotFineSaysWhatToDo() throws {
        let report = DoctorReport(findings: [
            .fine("a", "Good."), .error("b", "Bad.", "Mend it."), .skipped("c", "Not seen."),
        ])
        #expect(report.exitStatus == 1)
        #expect(report.text().contains("→ Mend it."))
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(report.json())) as? [String: Any])
        #expect(object["healthy"] as? Bool == false)
        let findings = try #require(object["findings"] as? [[String: Any]])
        #expect(findings.map { $0["verdict"] as? String } == ["fine", "error", "skipped"])
        #expect(DoctorReport(findings: [.warning("a", "So.", "Do.")]).exitStatus == 0)
    }
}
