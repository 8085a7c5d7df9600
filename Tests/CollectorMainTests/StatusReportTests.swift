import ConveyProtocol
import Delivery
import Foundation
import Testing
import Time

@testable import Buffer
@testable import CollectorMain

/// Goal: an operator learns from status what is wrong, and a script can read it. Method: reports made
/// by hand.
@Suite struct StatusReportTests {
    private let now = Timestamp(unixSeconds: 1_767_225_600)

    private func report(
        _ change: (inout BufferStatistics, inout CorrespondenceReport) -> Void = { _, _ in }
    ) -> StatusReport {
        var buffer = BufferStatistics(condition: .open, bytesMax: 1 << 30)
        var running = CorrespondenceReport(
            enrolment: .init(
                collector: CollectorID("0192f0c1-2a00-7abc-8def-00000000c011")!,
                aggregator: "https://aggregator.example"), settingsVersion: 7)
        change(&buffer, &running)
        return StatusReport(takenAt: now, buffer: buffer, running: running)
    }

    @Test func saysThatAllIsWell() {
        #expect(report().problems == [])
        #expect(report().text().hasSuffix("All is well."))
        #expect(report().text().contains("Taking events."))
    }

    @Test func saysWhatIsMissing() {
        #expect(report { $1 = CorrespondenceReport() }.problems.count == 1)
        #expect(report { $1.settingsVersion = nil }.problems.count == 1)
        #expect(
            StatusReport(
                takenAt: now, buffer: BufferStatistics(condition: .open, bytesMax: 1), running: nil
            ).problems == [])
    }

    @Test func saysWhyEventsAreRefused() {
        for refusal in BufferRefusal.allCases {
            let report = report { buffer, _ in buffer.condition = .refusing(refusal) }
            #expect(report.problems.count == 1)
            #expect(report.text().contains("NOT taking events."))
        }
    }

    @Test func saysThatAccountsDoNotClose() {
        let report = report { buffer, _ in buffer.lanes[.conversion].stored = 1 }
        #expect(report.problems.first?.contains("accounts") == true)
        #expect(String(decoding: report.json(), as: UTF8.self).contains(#""balanced":false"#))
    }

    @Test func saysWhatLiesAside() {
        let report = report { buffer, _ in
            buffer.damagedFiles = ["buffer.db-damaged-1"]
            buffer.lanes[.pageview].stored = 2
            buffer.lanes[.pageview].quarantined = 2
        }
        #expect(report.problems.count == 2)
    }

    @Test func namesAProxyThatNobodyTrusts() throws {
        var report = report()
        report.untrustedProxyRequests = 12
        #expect(report.problems.count == 1)
        #expect(report.problems.first?.contains("intake.trusted_proxies") == true)
    }

    @Test func namesAShopThatSendsErrorsInPlaceOfOrders() throws {
        var report = report()
        report.shopErrors = 3
        #expect(report.problems.count == 1)
        #expect(report.problems.first?.hasPrefix("3 webhooks of WooCommerce") == true)
    }

    @Test func aScriptCanReadIt() throws {
        let report = report { buffer, _ in
            buffer.lanes[.conversion].refused = ["budget": 3, "a\"b": 1]
        }
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(report.json())) as? [String: Any])
        #expect(object["accepting"] as? Bool == true)
        #expect(object["enrolled"] as? Bool == true)
        #expect(object["settings_version"] as? Int == 7)
        #expect(object["clock_offset_ms"] is NSNull)
        let lanes = try #require(object["lanes"] as? [String: [String: Any]])
        #expect(lanes.keys.sorted() == ["conversion", "interaction", "pageview"])
        #expect(lanes["conversion"]?["refused"] as? [String: Int] == ["budget": 3, "a\"b": 1])
    }
}
