import Buffer
import ConveyProtocol
import Crypto
import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing
import Time

@testable import Delivery

/// Goal: whatever answers, nothing is lost, nothing is stored twice, and the operator reads why.
/// Method: a real buffer and sender against an aggregator in memory, with something in between.
@Suite struct SenderTests {
    @Test func deliversAllLanesAndAsksTheTimeFirst() async throws {
        let stage = try await DeliveryStage()
        let names = Lane.allCases.flatMap { stage.names($0.rawValue, 40) }
        for lane in Lane.allCases { await stage.append(stage.names(lane.rawValue, 40), lane) }
        await stage.drain()
        stage.expectDelivered(names)
        #expect(stage.aggregator.seen.batches.first?.coverage.isEmpty == true)
        #expect(stage.aggregator.seen.lanes == [.conversion, .interaction, .pageview])
        #expect(stage.status.trouble == nil)
        #expect(stage.status.lanes[.interaction].events == 40)
        #expect(stage.settings.withLock { Set($0) } == [7])
    }

    @Test func showsItIsAliveEveryThirtySecondsWhenIdle() async throws {
        let stage = try await DeliveryStage()
        await stage.run(for: .seconds(300))
        let batches = stage.aggregator.seen.batches
        // The first answer lets the other lanes show themselves; then one every thirty seconds.
        #expect((10...13).contains(batches.count))
        #expect(batches.allSatisfy { $0.coverage.isEmpty })
        for lane in Lane.allCases {
            #expect(batches.count { $0.coverage.lane == lane } >= 3)
        }
    }

    // MARK: What is not the aggregator's answer

    enum Stranger: CaseIterable, Sendable {
        case portal, firewall, proxy, teapot, redirect, alteredAnswer, answerToAnother, wrongKey

        var words: String {
            switch self {
            case .portal: "200 came without its signature"
            case .firewall: "400 came without its signature"
            case .proxy: "502 came without its signature"
            case .teapot: "409 came without its signature"
            case .redirect: "302 came without its signature"
            case .alteredAnswer, .answerToAnother: "200 came with a signature that does not hold"
            case .wrongKey: "200 came with the signature of a key that is not trusted"
            }
        }
    }

    @Test(arguments: Stranger.allCases)
    func takesOnlyTheAggregatorsAnswerAsFinal(stranger: Stranger) async throws {
        let stage = try await DeliveryStage()
        await stage.drain()
        await stage.run(for: .seconds(1))
        let names = stage.names("e", 10)
        await stage.append(names)
        let other = FakeAggregator(
            stage.clock, collector: DeliveryStage.collector, collectorKey: stage.key.verifyingKey)
        let epoch = stage.buffer.statistics.epoch
        stage.aggregator.change { state in
            state.between = { request, aggregator async throws(HTTPFault) in
                switch stranger {
                case .portal: return .text(200, "<html>Please sign in</html>")
                case .firewall: return .problem(400, "framing", "Blocked.")
                case .proxy: return .text(502, "Bad gateway")
                case .teapot: return .problem(409, "ledger-fork", "No.")
                case .redirect: return Response(302, headers: ["Location": "/login"])
                case .alteredAnswer:
                    var response = await aggregator(request)
                    response.body[response.body.count / 2] ^= 1
                    return response
                case .answerToAnother:
                    let empty = ClientRequest(
                        .post, request.origin, "/v1/other", headers: request.headers,
                        body: request.body)
                    var response = await aggregator(request)
                    response.headers = await aggregator(empty).headers
                    return response
                case .wrongKey:
                    return try await other.send(request)
                }
            }
        }
        await stage.run(for: .seconds(600))
        #expect(stage.pending == 10)
        #expect(stage.buffer.statistics.epoch == epoch)
        #expect(stage.buffer.statistics.lanes[.conversion].quarantined == 0)
        let sentence = try #require(stage.status.trouble?.sentence)
        #expect(sentence.contains(stranger.words))
        #expect(sentence.contains("A portal, proxy or firewall answered in its place"))
        #expect(stage.status.trouble?.needsPerson == false)

        stage.aggregator.change { $0.between = nil }
        await stage.drain()
        stage.expectDelivered(names)
        #expect(stage.status.trouble == nil)
    }

    @Test func namesAWrongCertificateAndGoesOnAfterwards() async throws {
        let stage = try await DeliveryStage()
        let names = stage.names("e", 5)
        await stage.append(names)
        stage.aggregator.change { state in
            state.between = { _, _ async throws(HTTPFault) in
                throw HTTPFault(.certificateForAnotherName)
            }
        }
        await stage.run(for: .seconds(60))
        #expect(stage.pending == 5)
        #expect(
            stage.status.trouble?.sentence
                == "Could not reach the server: its TLS certificate is for another name. "
                + "Check the configured URL; a portal or proxy may stand in between.")
        stage.aggregator.change { $0.between = nil }
        await stage.drain()
        stage.expectDelivered(names)
    }

    @Test func surviesAnHourWithoutTheAggregator() async throws {
        let stage = try await DeliveryStage()
        await stage.run(for: .seconds(1))
        stage.aggregator.change { state in
            state.between = { _, _ async throws(HTTPFault) in throw HTTPFault(.refused) }
            state.requests = 0
        }
        var names: [String] = []
        for minute in 0..<60 {
            for lane in Lane.allCases {
                let some = stage.names("\(lane)-\(minute)-", 20)
                names += some
                await stage.append(some, lane)
            }
            await stage.run(for: .seconds(60))
        }
        #expect(stage.pending == 3600)
        // Half of each bound is drawn: about eight tries while waits grow, then one in 150 s.
        #expect((20...45).contains(stage.aggregator.seen.requests))
        #expect(stage.status.nextTryAt != nil)
        stage.aggregator.change { $0.between = nil }
        await stage.drain(within: .seconds(310))
        stage.expectDelivered(names)
        #expect(stage.aggregator.seen.lanes.prefix(2).contains(.conversion))
    }

    @Test func storesNothingTwiceWhenAnswersAreLost() async throws {
        let stage = try await DeliveryStage()
        await stage.run(for: .seconds(1))
        let names = stage.names("e", 200)
        await stage.append(names)
        stage.aggregator.change { state in
            state.between = { request, aggregator async throws(HTTPFault) in
                _ = await aggregator(request)
                throw HTTPFault(.answerTimedOut)
            }
        }
        await stage.run(for: .seconds(20))
        #expect(stage.pending == 200)
        stage.restart()
        stage.aggregator.change { $0.between = nil }
        await stage.drain()
        stage.expectDelivered(names)
    }

    // MARK: The clock

    @Test(arguments: [Duration.seconds(86_400), .seconds(-86_400)])
    func correctsAClockThatIsWrongByADay(ahead: Duration) async throws {
        let stage = try await DeliveryStage()
        stage.aggregator.isAhead(by: ahead)
        let truth = stage.clock.wall.now() + ahead
        await stage.append(["before"])
        await stage.drain(within: .seconds(5))
        await stage.append(["after"])
        await stage.drain(within: .seconds(5))
        stage.expectDelivered(["before", "after"])
        for (id, line) in stage.aggregator.seen.lines {
            let text = try #require(line.firstMatch(of: /"received_at":"([^"]*)"/)?.output.1)
            let time = try #require(Timestamp(rfc3339: String(text)))
            #expect(time - truth < .seconds(6) && time - truth > .seconds(-1), "\(id)")
        }
        let sentence = try #require(stage.status.clockSentence)
        let word = ahead > .zero ? "behind" : "ahead"
        #expect(sentence.hasPrefix("This machine's clock is 24 hours \(word);"))
        #expect(stage.logged.withLock { $0.contains { $0.contains("clock is wrong") } })
        #expect(stage.status.trouble == nil)
    }

    // MARK: Signed refusals

    @Test func splitsBatchesThatAreTooLarge() async throws {
        let stage = try await DeliveryStage()
        stage.aggregator.change { $0.limits = BatchLimits(eventsMax: 10, bytesMax: 65_536) }
        let names = stage.names("e", 100)
        await stage.append(names)
        await stage.drain(within: .seconds(60))
        stage.expectDelivered(names)
        #expect(stage.aggregator.seen.batches.allSatisfy { $0.coverage.count <= 10 })
    }

    @Test func setsAsideOneEventThatIsTooLargeAlone() async throws {
        let stage = try await DeliveryStage()
        stage.aggregator.change { $0.limits = BatchLimits(eventsMax: 10, bytesMax: 20_000) }
        await stage.append(["a"])
        await stage.append(["large"], padding: 40_000)
        await stage.append(["b"])
        await stage.drain(within: .seconds(60))
        stage.expectDelivered(["a", "b"])
        #expect(stage.buffer.statistics.lanes[.conversion].quarantined == 1)
    }

    @Test func quarantinesABatchWhoseFramingIsRefused() async throws {
        let stage = try await DeliveryStage()
        await stage.run(for: .seconds(1))
        await stage.append(stage.names("bad", 5))
        stage.aggregator.change { $0.problem = .framing(.utf8, line: 3) }
        _ = await stage.round()
        stage.aggregator.change { $0.problem = nil }
        await stage.append(["good"])
        await stage.drain()
        stage.expectDelivered(["good"])
        let figures = stage.buffer.statistics.lanes[.conversion]
        #expect(figures.quarantined == 5)
        #expect(
            stage.aggregator.seen.batches.last?.coverage.gaps
                == [Gap(first: 1, last: 5, reason: .quarantined)].compactMap(\.self))
        let folder = stage.directory.file("buffer.db-quarantine")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
        #expect(
            stage.status.incidents.map(\.sentence)
                == ["A batch of 5 events was refused and set aside as a file."])
    }

    @Test func keepsEverythingWhileItsKeyIsUnknown() async throws {
        let stage = try await DeliveryStage()
        let names = stage.names("e", 30)
        await stage.append(names)
        stage.aggregator.change { $0.isKnown = false }
        await stage.run(for: .seconds(3600))
        #expect((12...13).contains(stage.aggregator.seen.requests))
        #expect(stage.pending == 30)
        #expect(stage.status.trouble?.needsPerson == true)
        #expect(
            stage.status.trouble?.sentence
                == "The aggregator refuses: The key belongs to no collector. "
                + "Everything is kept. Enrol this collector again with a new token.")
        #expect(stage.logged.withLock { $0.contains { $0.contains("error") } })
        stage.aggregator.change { $0.isKnown = true }
        await stage.drain(within: .seconds(310))
        stage.expectDelivered(names)
    }

    @Test func waitsAsTheAggregatorAsks() async throws {
        let stage = try await DeliveryStage()
        await stage.run(for: .seconds(1))
        await stage.append(["e"])
        stage.aggregator.change { state in
            state.problem = .unavailable(retryAfter: .seconds(120))
            state.requests = 0
        }
        await stage.run(for: .seconds(119))
        #expect(stage.aggregator.seen.requests == 1)
        stage.aggregator.change { $0.problem = nil }
        await stage.drain(within: .seconds(3))
        stage.expectDelivered(["e"])
    }

    @Test func sendsAgainWhatARestoredAggregatorLacks() async throws {
        let stage = try await DeliveryStage()
        await stage.append(stage.names("old", 20))
        await stage.drain()
        let backup = stage.aggregator.seen
        await stage.append(stage.names("lost", 30))
        await stage.drain()
        stage.aggregator.change { state in
            state.books = backup.books
            state.stored = backup.stored
        }
        await stage.append(["new"])
        await stage.drain()
        stage.expectDelivered(stage.names("old", 20) + stage.names("lost", 30) + ["new"])
        #expect(stage.status.incidents.count == 1)
        #expect(stage.status.trouble == nil)
    }

    @Test func startsAnEpochWhereTheLedgerKnowsOtherEvents() async throws {
        let stage = try await DeliveryStage()
        await stage.append(stage.names("a", 3))
        await stage.drain()
        let epoch = try #require(stage.buffer.statistics.epoch)
        // A clone delivered another event under the next number.
        stage.aggregator.change { state in
            let name = "\(epoch) conversion"
            state.books[name]?.digests[4] = SHA256Digest(of: [1])
            state.books[name]?.expected = 5
        }
        await stage.append(stage.names("b", 3))
        await stage.append(stage.names("c", 3), .pageview)
        await stage.drain()
        // What is still held of the old epoch goes along; the aggregator knows it by its ids.
        let names = stage.names("a", 3) + stage.names("b", 3) + stage.names("c", 3)
        #expect(Set(stage.aggregator.seen.stored.keys) == Set(names))
        #expect(stage.pending == 0)
        #expect(stage.buffer.statistics.isBalanced)
        #expect(stage.buffer.statistics.epoch != epoch)
        #expect(stage.buffer.statistics.parent == epoch)
        #expect(stage.status.incidents.first?.sentence.contains("restored or cloned") == true)
        #expect(stage.status.trouble == nil)
    }

    @Test func refusesAnAggregatorWithAnotherKey() async throws {
        let stage = try await DeliveryStage()
        stage.restart(pinned: SigningKey(from: RandomBytes()).verifyingKey)
        await stage.append(["e"])
        await stage.run(for: .seconds(60))
        #expect(stage.pending == 1)
        #expect(stage.status.trouble?.sentence.contains("not trusted") == true)
    }
}
