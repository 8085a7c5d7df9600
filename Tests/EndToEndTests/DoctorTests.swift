import Child
import Foundation
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: the doctor finds a healthy collector healthy, and names what is not. Method: the real programs;
/// then a clock a day wrong, then no aggregator.
@Suite(.inTurn) struct DoctorTests {
    private struct Report: Decodable {
        struct Finding: Decodable {
            let check: String
            let verdict: String
            let sentence: String
            let remedy: String?
        }

        let healthy: Bool
        let findings: [Finding]

        func verdict(_ check: String) -> String? {
            findings.first { $0.check == check }?.verdict
        }
    }

    private func examine(
        _ rehearsal: Rehearsal, environment: [String: String] = [:]
    ) async throws -> (Report, Int32) {
        let outcome = try await Program.run(
            Stage.builtPrograms + "/convey-collector",
            ["doctor", "--json", "--config", rehearsal.merchant.configuration],
            environment: environment, scratch: rehearsal.stage.path("doctor"))
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        for finding in report.findings where ["warning", "error"].contains(finding.verdict) {
            #expect(finding.remedy?.isEmpty == false, "\(finding.check) says not what to do")
        }
        return (report, outcome.status)
    }

    @Test(.timeLimit(.minutes(15)), arguments: Backend.ofPrograms)
    func namesWhatIsWrong(_ backend: Backend) async throws {
        let wrong = try WrongClock(seconds: 86_400).environment
        try await Rehearsal.run(on: backend) { rehearsal in
            let (well, status) = try await examine(rehearsal)
            let fine = [
                "configuration", "collector", "permissions", "name", "connection", "trust", "TLS",
                "aggregator", "clock", "proxies",
            ]
            for check in fine { #expect(well.verdict(check) == "fine", "\(check)") }
            #expect(well.findings.contains { $0.sentence.contains("Meta") })
            // A test's folder may lie in memory, which is an error; nothing else is.
            #expect(well.findings.allSatisfy { $0.verdict != "error" || $0.check == "disk" })
            #expect((status == 0) == well.healthy)

            let (late, lateStatus) = try await examine(rehearsal, environment: wrong)
            #expect(late.verdict("clock") == "error")
            #expect(late.verdict("aggregator") == "fine")
            #expect(lateStatus == 1)

            try await rehearsal.aggregator.stop()
            let (alone, aloneStatus) = try await examine(rehearsal)
            #expect(alone.verdict("connection") == "error")
            #expect(alone.verdict("aggregator") == "skipped")
            #expect(aloneStatus == 1)
        }
    }
}
