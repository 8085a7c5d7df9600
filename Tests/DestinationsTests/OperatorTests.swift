import ConveyProtocol
import Crypto
import Store
import Tenancy
import TestSupport
import Testing
import Time

@testable import Destinations

/// Goal: an operator sees why each upload is where it is, and can act. Method: the doors that commands
/// use, on a database, with a platform in memory.
@Suite struct OperatorTests {
    private func record(_ bench: Bench, _ conversion: Int64 = 1) async throws -> UploadRecord {
        try await bench.write { tenant, _ in
            let found = try UploadRecords(tenant, Bench.verdicts).ofConversion(conversion)
            return try #require(found.first)
        }
    }

    private func change(
        _ bench: Bench, _ body: @escaping @Sendable (UploadChanges) throws -> Void
    ) async throws {
        try await bench.write { tenant, now in try body(UploadChanges(tenant, at: now)) }
    }

    @Test(arguments: Backend.all) func showsAnUploadsWholeLife(_ backend: Backend) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish { $0.user.emailSHA256 = Sample.email })
        bench.platform.set { $0.faults = [.throttled] }
        let runner = try await bench.runner()
        await bench.settle(runner)
        bench.clock.advance(by: .seconds(60))
        await bench.settle(runner)
        await bench.pass(runner, hours: 1)
        let record = try await record(bench)
        #expect(record.state == .confirmed)
        #expect(record.transactionID == UploadRunnerTests.first)
        #expect(record.click == "gclid:\(Sample.gclid)")
        #expect(record.value == "100.00" && record.currency == "EUR" && record.hasPersonalData)
        #expect(record.attempts.map(\.outcome) == ["throttled", "accepted", "success"])
        #expect(record.attempts.map(\.httpStatus) == [429, 200, 200])
        let text = try JSONText.encode(record)
        #expect(!text.contains(Sample.email))
        #expect(text.contains("\"conversion_id\"") && text.contains("\"request_id\":\"request-1\""))
    }

    /// A runner, perhaps another process's, saw that there was no credential, and says so late.
    @Test(arguments: Backend.all) func aLateHoldDoesNotOutliveItsCause(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        let seen = try await bench.current()
        try await bench.write { tenant, now in
            try DestinationTable(tenant, at: now).resume(seen)
            try UploadDesk(tenant, seen, at: now).holdForCredential(until: now + .seconds(900))
        }
        #expect(try await bench.current().hold == nil)
        let current = try await bench.current()
        try await bench.write { tenant, now in
            _ = try tenant.run(Self.removeSecret)
            try UploadDesk(tenant, current, at: now).holdForCredential(until: now + .seconds(900))
        }
        #expect(try await bench.current().hold?.code == "credential")
    }

    private static let removeSecret = TenantSQL(
        "DELETE FROM destination_secret WHERE organization = $1")

    @Test(arguments: Backend.all) func tellsWhatToDoAboutACredential(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        bench.platform.set { $0.credentialIsGood = false }
        await bench.settle(try await bench.runner())
        let record = try await record(bench)
        #expect(record.state == .held && record.code == "credential")
        #expect(record.until == bench.now + .seconds(900))
        #expect(record.words?.contains("No access. (UNAUTHENTICATED)") == true)
        #expect(record.remedy == "Set a valid credential; sending goes on by itself.")
        let shown = try await bench.write { tenant, _ in
            try DestinationRecords(tenant, Bench.verdicts).all()
        }
        #expect(shown.first?.hold?.code == "credential")
        #expect(shown.first?.uploads.map(\.waitsFor) == ["fix_configuration"])
        let text = try JSONText.encode(shown)
        #expect(!text.contains("sealed") && !text.contains("secret"))
    }

    @Test(arguments: Backend.all) func aNewCredentialIsTriedAtOnce(_ backend: Backend) async throws
    {
        let bench = try await Bench(backend)
        let destination = try await bench.destination()
        try await bench.wish(Sample.wish())
        bench.platform.set { $0.credentialIsGood = false }
        let runner = try await bench.runner()
        await bench.settle(runner)
        bench.platform.set { $0.credentialIsGood = true }
        await bench.settle(runner)
        #expect(try await bench.states(ofConversion: 1) == ["due"])
        let sealing = bench.tools.sealing
        try await bench.write { tenant, now in
            try DestinationSecrets(tenant, sealing).set(
                "{\"new\":1}", of: destination, at: now, random: RandomBytes())
        }
        await bench.settle(runner)
        #expect(try await bench.states(ofConversion: 1) == ["accepted"])
    }

    @Test(arguments: Backend.all) func checksADestinationWithoutSendingAnything(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        let destination = try await bench.destination()
        #expect(try await DestinationCheck.run(destination, with: bench.tools).isGood)
        #expect(bench.platform.batches.map(\.validateOnly) == [true])
        bench.platform.set { $0.credentialIsGood = false }
        let bad = try await DestinationCheck.run(destination, with: bench.tools)
        #expect(!bad.isGood && bad.code == "UNAUTHENTICATED")
        #expect(bad.words == "No access. (UNAUTHENTICATED)")
        #expect(bench.records().isEmpty)
    }

    @Test(arguments: Backend.all) func sealsCredentialsForTheirPlace(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        let destination = try await bench.destination()
        let sealing = bench.tools.sealing
        try await bench.write { tenant, now in
            let secrets = DestinationSecrets(tenant, sealing)
            try secrets.set("token-1", of: destination, at: now, random: RandomBytes())
            #expect(try secrets.secret(of: destination.number) == "token-1")
            #expect(throws: DestinationRefusal.wrongSecret) {
                try secrets.set("", of: destination, at: now, random: RandomBytes())
            }
            let stored = try tenant.first(
                TenantSQL("SELECT sealed FROM destination_secret WHERE organization = $1"),
                make: { $0.bytes(0) })
            #expect(stored.map { String(decoding: $0, as: UTF8.self).contains("token") } == false)
        }
    }

    // MARK: Retry and cancel

    @Test(arguments: Backend.all) func cancelsWhatHasNotLeftAndNothingElse(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish(1))
        let first = try await record(bench).number
        try await change(bench) { try $0.cancel(first) }
        let runner = try await bench.runner()
        await bench.settle(runner)
        #expect(try await bench.states(ofConversion: 1) == ["cancelled: by_operator"])
        #expect(bench.platform.batches.isEmpty)
        try await change(bench) { try $0.retry(first) }
        await bench.settle(runner)
        #expect(try await bench.states(ofConversion: 1) == ["accepted"])
        await #expect(throws: DestinationRefusal.alreadySent) {
            try await change(bench) { try $0.cancel(first) }
        }
        await #expect(throws: DestinationRefusal.nothingToRetry) {
            try await change(bench) { try $0.retry(first) }
        }
    }

    @Test(arguments: Backend.all) func aWishSaidAgainDoesNotUndoAnOperatorsCancel(
        _ backend: Backend
    ) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        let first = try await record(bench).number
        try await change(bench) { try $0.cancel(first) }
        try await bench.wish(Sample.wish { $0.settledAt = bench.now })
        #expect(try await bench.states(ofConversion: 1) == ["cancelled: by_operator"])
    }

    @Test(arguments: Backend.all) func retriesARejectedUploadOnceItsCauseIsMended(
        _ backend: Backend
    ) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        bench.platform.set { $0.badClicks = [Sample.gclid: "INVALID_GCLID"] }
        let runner = try await bench.runner()
        await bench.pass(runner, hours: 2)
        #expect(try await bench.states(ofConversion: 1) == ["rejected: INVALID_GCLID"])
        bench.platform.set { $0.badClicks = [:] }
        let count = try await bench.write { tenant, now in
            var filter = UploadFilter()
            filter.state = .rejected
            return try UploadChanges(tenant, at: now).retryAll(filter, Bench.verdicts)
        }
        #expect(count == 1)
        await bench.pass(runner, hours: 2)
        #expect(try await bench.states(ofConversion: 1) == ["confirmed"])
    }

    @Test(arguments: Backend.all) func aCancelOfWhatMayHaveLeftEndsUnknown(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        bench.platform.set { $0.faults = [.lostAfter] }
        let runner = try await bench.runner()
        await bench.settle(runner)
        let first = try await record(bench).number
        try await change(bench) { try $0.cancel(first) }
        await bench.pass(runner, hours: 1)
        #expect(try await bench.states(ofConversion: 1) == ["unknown: by_operator"])
        try await change(bench) { try $0.retry(first) }
        await bench.pass(runner, hours: 2)
        #expect(try await bench.states(ofConversion: 1) == ["confirmed"])
        #expect(bench.records()[UploadRunnerTests.first]?.allSatisfy { $0 == 100 } == true)
    }

    @Test(arguments: Backend.all) func previewsABackfillBeforeItIsConfirmed(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination(mode: .validate)
        for order in 1...3 { try await bench.wish(Sample.wish(Int64(order))) }
        await bench.settle(try await bench.runner())
        let preview = try await bench.write { tenant, now in
            let destination = try DestinationTable(tenant, at: now).named("Google")
            return try DestinationRecords(tenant, Bench.verdicts).preview(
                destination, from: now - .seconds(10 * 86_400))
        }
        #expect(preview.uploads.map(\.uploads) == [3])
        #expect(preview.uploads.map(\.valueMicros) == [300_000_000])
        #expect(bench.records().isEmpty)
    }

    // MARK: Destinations

    @Test(arguments: Backend.all) func refusesWhatWouldMixTwoShops(_ backend: Backend) async throws
    {
        let bench = try await Bench(backend)
        await #expect(throws: DestinationRefusal.plainOrderIDShared) {
            try await bench.destination { $0.usesPlainOrderID = true }
        }
        await #expect(throws: DestinationRefusal.plainOrderIDShared) {
            try await bench.destination {
                $0.usesPlainOrderID = true
                $0.sites = [1, 2]
            }
        }
        try await bench.destination()
        await #expect(throws: DestinationRefusal.actionTaken) {
            try await bench.destination("Second")
        }
        await #expect(throws: DestinationRefusal.nameTaken) {
            try await bench.destination(action: "1")
        }
    }

    @Test(arguments: Backend.all) func addsTheAssignmentWhereSeveralShareTheAction(
        _ backend: Backend
    ) async throws {
        let bench = try await Bench(backend)
        try await bench.destination { $0.assignments = ["purchase", "lead"] }
        try await bench.wish(Sample.wish())
        await bench.pass(try await bench.runner(), hours: 2)
        #expect(bench.records().keys.sorted() == ["\(UploadRunnerTests.first).purchase"])
    }

    @Test(arguments: Backend.all) func keepsATransactionIDThoughTheSettingsChange(
        _ backend: Backend
    ) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        let runner = try await bench.runner()
        await bench.pass(runner, hours: 2)
        try await bench.write { tenant, now in
            let table = DestinationTable(tenant, at: now)
            try table.change(try table.named("Google")) { $0.assignments = ["purchase", "lead"] }
        }
        try await bench.wish(Sample.wish(version: 2).worth(70))
        await bench.pass(runner, hours: 2)
        #expect(bench.records() == [UploadRunnerTests.first: [100, 70]])
    }

    @Test(arguments: Backend.all) func forgetsAConversionOfWhichNothingLeft(_ backend: Backend)
        async throws
    {
        let bench = try await Bench(backend)
        try await bench.destination()
        try await bench.wish(Sample.wish())
        try await bench.write { tenant, now in
            let queue = UploadQueue(tenant, at: now)
            let isSent = try queue.hasBeenSent(conversion: 1)
            #expect(!isSent)
            try queue.forget(conversion: 1)
        }
        #expect(try await bench.states(ofConversion: 1).isEmpty)
        try await bench.wish(Sample.wish(2))
        await bench.settle(try await bench.runner())
        try await bench.write { tenant, now in
            let isSent = try UploadQueue(tenant, at: now).hasBeenSent(conversion: 2)
            #expect(isSent)
        }
    }
}
