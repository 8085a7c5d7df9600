import Accounts
import ConveyProtocol
import Crypto
import Schema
import Store
import TestSupport
import Testing
import Time

/// Goal: organizations are found by what an operator types, and the trail of changes shows tampering.
@Suite struct AccountsTests {
    private static let now = Timestamp(microseconds: 1_767_225_600_000_000)

    private static func store(_ backend: Backend) async throws -> TemporaryStore {
        try await backend.makeStore(migrated: Schema.migrator)
    }

    private static func add(_ name: String, _ store: Store) async throws -> Organization {
        try await store.write {
            try Accounts.add(name: name, by: "test", at: now, random: RandomBytes(), in: $0)
        }
    }

    @Test(arguments: Backend.all)
    func findsByNameByIDOrTheOnlyOne(_ backend: Backend) async throws {
        let temporary = try await Self.store(backend)
        let store = temporary.store
        await #expect(throws: AccountRefusal.unknown) {
            try await store.read { try Accounts.named(nil, in: $0) }
        }
        let acme = try await Self.add("Acme", store)
        #expect(try await store.read { try Accounts.named(nil, in: $0) } == acme)
        let other = try await Self.add("Other", store)
        #expect(try await store.read { try Accounts.named("Acme", in: $0) } == acme)
        #expect(
            try await store.read { try Accounts.named(other.id.description, in: $0) } == other)
        await #expect(throws: AccountRefusal.ambiguous) {
            try await store.read { try Accounts.named(nil, in: $0) }
        }
        #expect(try await store.read { try Accounts.all(in: $0) } == [acme, other])
    }

    @Test(arguments: Backend.all) func refusesBadAndTakenNames(_ backend: Backend) async throws {
        let temporary = try await Self.store(backend)
        _ = try await Self.add("Acme", temporary.store)
        await #expect(throws: AccountRefusal.nameTaken) {
            try await Self.add("Acme", temporary.store)
        }
        for name in ["", "a\u{7}", String(repeating: "x", count: 101)] {
            await #expect(throws: AccountRefusal.wrongName) {
                try await Self.add(name, temporary.store)
            }
        }
    }

    @Test(arguments: Backend.all) func theTrailShowsTampering(_ backend: Backend) async throws {
        let temporary = try await Self.store(backend)
        let acme = try await Self.add("Acme", temporary.store)
        let other = try await Self.add("Other", temporary.store)
        try await temporary.store.write { tx in
            for action in ["site.add", "key.add"] {
                try AuditTrail.record(
                    AuditEntry(actor: "operator", action: action, subject: "x"),
                    of: acme.number, at: Self.now, in: tx)
            }
        }
        let first = { @Sendable (organization: Int64) in
            try await temporary.store.read {
                try AuditTrail.firstBreak(of: organization, in: $0)
            }
        }
        #expect(try await first(acme.number) == nil)
        try await temporary.store.write {
            _ = try $0.run(
                SQL("UPDATE audit_entry SET actor = 'nobody' WHERE action = 'site.add'"))
        }
        #expect(try await first(acme.number) == 3)
        #expect(try await first(other.number) == nil)
    }

    /// Each entry follows from the one before it, also where many are added in the same moment.
    @Test func theTrailHoldsTogetherWhereManyAddToIt() async throws {
        let temporary = try await Self.store(.postgres)
        let store = temporary.store
        let acme = try await Self.add("Acme", store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    try await store.write {
                        try AuditTrail.record(
                            AuditEntry(actor: "test", action: "try", subject: "\(number)"),
                            of: acme.number, at: Self.now, in: $0)
                    }
                }
            }
            try await group.waitForAll()
        }
        let broken = try await store.read { try AuditTrail.firstBreak(of: acme.number, in: $0) }
        #expect(broken == nil)
    }

    @Test func oneOfManyGetsAName() async throws {
        let temporary = try await Self.store(.postgres)
        let store = temporary.store
        let ends = await withTaskGroup(of: Bool?.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    do {
                        return try await Self.add("Acme", store).name == "Acme"
                    } catch {
                        return error as? AccountRefusal == .nameTaken ? nil : false
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ends.compactMap(\.self) == [true])
    }
}
