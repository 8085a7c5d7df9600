import Child
import Daemon
import Foundation
import Glibc
import HTTP
import Stage
import Testing
import Troupe

/// Goal: ten thousand clients that connect and then say nothing, or half a request, cost little memory
/// and nobody else's answer. Method: the real collector, real sockets, its memory as the kernel tells.
@Suite(.inTurn) struct CrowdTests {
    private static let crowd = 10_000
    /// What one silent connection may cost, state and buffers of ours together.
    private static let bytesEach = 4_096

    @Test func idleConnectionsCostLittleAndHarmNobody() async throws {
        let files = OpenFiles.raiseLimit()
        try #require(files > Self.crowd + 200, "the machine allows \(files) open files")
        var plan = Rehearsal.Plan()
        plan.collectorEnvironment = ["CONVEY_COLLECTOR_LISTEN_CONNECTIONS_MAX": "20000"]
        try await Rehearsal.run(plan) { rehearsal in
            let before = try resident(try rehearsal.collector.id)
            var crowd: [Int32] = []
            defer { for descriptor in crowd { close(descriptor) } }
            let port = try #require(
                rehearsal.merchant.intake.authority.split(separator: ":").last.flatMap {
                    UInt16($0)
                })
            for number in 0..<Self.crowd {
                let descriptor = try TCP.connect(to: port)
                crowd.append(descriptor)
                if number % 4 == 0 {
                    #expect(TCP.send(Array("POST /v1/events HTTP/1.1\r\nHo".utf8), to: descriptor))
                }
            }
            try await isOpen(Self.crowd, at: rehearsal)
            let ids = (0..<50).map { "crowd-\($0)-xx" }
            for id in ids { #expect(try await rehearsal.post([id])?.status == 200) }
            let grown = try resident(try rehearsal.collector.id) - before
            #expect(grown < Self.crowd * Self.bytesEach, "\(grown / Self.crowd) bytes each")
            try await rehearsal.expectNothingLost()
        }
    }

    /// Waits until the collector has accepted so many connections.
    private func isOpen(_ count: Int, at rehearsal: Rehearsal) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end {
            let request = ClientRequest(.get, rehearsal.merchant.intake, "/metrics")
            let text = String(
                decoding: try await rehearsal.client.send(request).body, as: UTF8.self)
            let open = text.split(separator: "\n")
                .first { $0.hasPrefix("convey_http_connections ") }
                .flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
            if let open, Int(open) >= count { return }
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
        Issue.record("the collector did not accept \(count) connections")
    }

    /// Resident bytes of a process.
    private func resident(_ process: pid_t) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8)
        let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        return pages * Int(getpagesize())
    }
}
