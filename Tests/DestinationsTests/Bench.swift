import Accounts
import ConveyProtocol
import Crypto
import Daemon
import Schema
import Store
import Synchronization
import Tenancy
import TestSupport
import Time

@testable import Destinations

/// A store with an organization and a destination, a clock that tests move, and a platform in memory.
final class Bench: Sendable {
    let temporary: TemporaryStore
    let clock: ManualClock
    let platform: SimulatedPlatform
    let tools: UploadTools
    let organization: Int64
    let bell = Bell()

    var store: Store { temporary.store }
    var now: Timestamp { clock.wall.now() }

    static let verdicts = VerdictTable([
        Verdict("INVALID_GCLID", .giveUp, words: "The click id was altered."),
        Verdict("INVALID_CURRENCY_CODE", .giveUp, words: "No such currency."),
        Verdict("DUPLICATE", .alreadyThere, words: "It is there."),
        Verdict("INTERNAL_ERROR", .retry, words: "A failure of the platform."),
        Verdict("TOO_RECENT_CLICK", .holdUntil, words: "Too early.", holdFor: .seconds(21_600)),
        Verdict(
            "TERMS_NOT_SIGNED", .fixConfiguration, words: "Terms are not signed.",
            fix: "Sign them.", concernsAll: true),
        Verdict("MISMATCH", .fixConfiguration, words: "The click belongs to another account."),
        Verdict("UNAUTHENTICATED", .fixConfiguration, words: "No access.", concernsAll: true),
    ])

    init(
        _ backend: Backend, uploadsMax: Int = 2000,
        timing: UploadTiming = UploadTiming(), seed: UInt64 = 1
    ) async throws {
        let start = Sample.now
        temporary = try await backend.makeStore(migrated: Schema.migrator)
        let clock = ManualClock(at: start)
        self.clock = clock
        let platform = SimulatedPlatform(clock: clock.wall, uploadsMax: uploadsMax)
        self.platform = platform
        let store = temporary.store
        organization = try await store.write {
            try Accounts.add(
                name: "Acme", by: "test", at: start, random: RandomBytes(), in: $0
            ).number
        }
        var tools = UploadTools(
            store: store, sealing: SealingKey(from: RandomBytes()), verdicts: Self.verdicts,
            log: Log(clock: clock.wall, write: { _ in }),
            metrics: UploadMetrics(in: MetricRegistry())
        ) { _, _ in platform }
        tools.clock = clock.wall
        tools.ticks = clock
        tools.timing = timing
        tools.random = SeededBytes(seed: seed)
        self.tools = tools
    }

    func write<T: Sendable>(
        _ body: @escaping @Sendable (TenantTransaction, Timestamp) throws -> T
    ) async throws -> T {
        let (organization, now) = (organization, now)
        return try await store.write {
            try body(TenantTransaction($0, organization: organization), now)
        }
    }

    /// Makes a destination that has a credential and sends everything of the last 90 days.
    @discardableResult
    func destination(
        _ name: String = "Google", action: String = "987654321",
        mode: Destination.Mode = .live,
        _ change: @escaping @Sendable (inout Destination.Settings) -> Void = { _ in }
    ) async throws -> Destination {
        let sealing = tools.sealing
        return try await write { tenant, now in
            var settings = Destination.Settings()
            change(&settings)
            let table = DestinationTable(tenant, at: now)
            let address = try Destination.Address(
                .googleDataManager, customer: "1234567890", action: action)
            let made = try table.add(name, address, settings)
            try DestinationSecrets(tenant, sealing).set(
                "{}", of: made, at: now, random: RandomBytes())
            try table.set(mode, of: made)
            if mode == .live { try table.backfill(made, from: now - .seconds(90 * 86_400)) }
            return try table.named(name)
        }
    }

    /// The destination as it is now.
    func current(_ name: String = "Google") async throws -> Destination {
        try await write { try DestinationTable($0, at: $1).named(name) }
    }

    @discardableResult
    func wish(_ wish: UploadWish, for name: String = "Google") async throws -> UploadState {
        try await write { tenant, now in
            let destination = try DestinationTable(tenant, at: now).named(name)
            return try UploadQueue(tenant, at: now).wish(wish, for: destination)
        }
    }

    /// A runner that has the destination to itself: what another held is taken away from it.
    func runner(
        _ name: String = "Google", with tools: UploadTools? = nil
    ) async throws -> UploadRunner {
        let tools = tools ?? self.tools
        let (destination, terms) = (try await current(name).number, tools.lease)
        let lease = HeldLease(until: now + terms.duration, random: RandomBytes())
        let (organization, now) = (organization, now)
        try await store.write {
            try UploadLeases.clear(in: $0)
            let tenant = TenantTransaction($0, organization: organization)
            _ = try UploadLeases(tenant, terms, at: now).take(destination, by: lease)
        }
        return UploadRunner(
            organization: organization, destination: destination, lease, tools)
    }

    /// Lets a runner do all that can be done now, in both lanes.
    func settle(_ runner: UploadRunner) async {
        for _ in 0..<200 {
            guard let sent = await runner.send(), let asked = await runner.ask() else { return }
            if sent > .zero, asked > .zero { return }
        }
    }

    /// Lets days pass, an hour at a time.
    func pass(_ runner: UploadRunner, hours: Int) async {
        for _ in 0..<hours {
            clock.advance(by: .seconds(3600))
            await settle(runner)
        }
    }

    /// Every version of a conversion, `state` or `state: code`.
    func states(ofConversion conversion: Int64, at name: String = "Google") async throws -> [String]
    {
        try await write { tenant, now in
            let destination = try DestinationTable(tenant, at: now).named(name)
            let table = UploadTable(tenant: tenant, destination: destination, now: now)
            return try table.thread(ofConversion: conversion).rows.map { row in
                row.code.map { "\(row.state): \($0)" } ?? "\(row.state)"
            }
        }
    }

    func records() -> [String: [Int64]] {
        platform.records.mapValues { $0.values.map { $0 / 1_000_000 } }
    }
}

/// Random bytes that a seed determines.
final class SeededBytes: RandomSource {
    private let random: Mutex<SeededRandom>

    init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

    func bytes(_ count: Int) -> [UInt8] {
        random.withLock { random in
            (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        }
    }
}
