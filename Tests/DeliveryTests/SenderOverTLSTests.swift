import Buffer
import ConveyProtocol
import Crypto
import Daemon
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing
import Time

@testable import Delivery

/// Goal: the running sender delivers over real connections, and stops at once. Method: the house's
/// own server with a certificate of a private authority, on loopback.
@Suite struct SenderOverTLSTests {
    static let always =
        Timestamp(unixSeconds: 1_600_000_000)..<Timestamp(unixSeconds: 4_000_000_000)

    struct Site {
        let server: Server
        let client: Client
        let origin: Origin
        /// Says each batch that came.
        let arrivals: AsyncStream<Void>
    }

    func open(_ stage: DeliveryStage, isSilent: Bool = false) throws -> Site {
        let authority = CertificateAuthority(name: "Convey test", validity: Self.always)
        let identity = authority.issue(hosts: ["localhost"], validity: Self.always)
        let files = (stage.directory.file("tls.pem"), stage.directory.file("tls.key"))
        try Data(identity.certificatePEM.utf8).write(to: URL(filePath: files.0))
        try Data(identity.keyPEM.utf8).write(to: URL(filePath: files.1))
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let aggregator = stage.aggregator
        let unanswered = Unanswered()
        let handler: Route.Handler =
            isSilent
            ? .direct { _, answer in
                unanswered.keep(answer)
                arrived.yield()
            }
            : .concurrent { request in
                let response = await aggregator.answer(request)
                arrived.yield()
                return response
            }
        let server = Server([
            Route(
                .post, "/v1/batches", limits: .init(bodyBytesMax: 8_388_608), handler: handler)
        ])
        try server.start([
            .tls(
                IPAddress(v4: 0x7F00_0001), port: 0,
                TLSContext(certificateFile: files.0, keyFile: files.1))
        ])
        let origin = try #require(Origin("https://localhost:\(server.ports[0])"))
        aggregator.change { $0.authority = origin.authority }
        let client = Client(.init(trust: .authority(pem: authority.certificatePEM)))
        return Site(server: server, client: client, origin: origin, arrivals: arrivals)
    }

    @Test func deliversManyBatchesInEveryLane() async throws {
        let stage = try await DeliveryStage()
        let site = try open(stage)
        var names: [String] = []
        for lane in Lane.allCases {
            for part in 0..<4 {
                let some = stage.names("\(lane)-\(part)-", 2000)
                names += some
                await stage.append(some, lane)
            }
        }
        let sender = stage.makeSender(
            over: site.client, to: site.origin, ticks: ContinuousClock())
        let running = Task { try await sender.run() }
        for await _ in site.arrivals where stage.aggregator.seen.stored.count == names.count {
            break
        }
        // The last receipts come in before the sender is told to stop.
        while stage.pending > 0 { await Task.yield() }
        running.cancel()
        try await running.value
        await site.server.stop(within: .seconds(2))
        stage.expectDelivered(names)
        #expect(sender.status.trouble == nil)
    }

    @Test func stopsAtOnceWithABatchOnItsWay() async throws {
        let stage = try await DeliveryStage()
        let site = try open(stage, isSilent: true)
        let sender = stage.makeSender(
            over: site.client, to: site.origin, ticks: ContinuousClock())
        let running = Task { try await sender.run() }
        for await _ in site.arrivals { break }
        let start = ContinuousClock.now
        running.cancel()
        try await running.value
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect(sender.status.trouble == nil)
        await site.server.stop(within: .zero)
    }
}

/// Answers that nobody gives.
private final class Unanswered: Sendable {
    private let answers = Mutex<[Answer]>([])
    func keep(_ answer: Answer) { answers.withLock { $0.append(answer) } }
}
