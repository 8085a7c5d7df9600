import Daemon
import Foundation
import Schema
import Store
import TestSupport
import Testing
import Transfer

/// Goal: what one database holds, another holds after a move, to the byte, whichever two they are.
/// Method: fill one with all that a move could get wrong, move it, and compare row by row without the
/// rooms under test.
@Suite struct TransferTests {
    /// From where to where.
    struct Route: Sendable, CustomTestStringConvertible {
        let from: Backend
        let to: Backend
        var testDescription: String { "\(from.testDescription) to \(to.testDescription)" }

        static let all = Backend.all.flatMap { from in
            Backend.all.map { Route(from: from, to: $0) }
        }
    }

    /// A database with everything in it, of this seed.
    private static func furnished(
        _ backend: Backend, seed: UInt64 = 7, chunks: Int = 3
    ) async throws -> Place {
        let place = try await Place(backend)
        var furniture = Furniture(random: SeededRandom(seed: seed))
        try await furniture.fill(place, sites: 9, chunks: chunks)
        return place
    }

    @Test(arguments: Route.all) func movesEveryRow(_ route: Route) async throws {
        let old = try await Self.furnished(route.from, chunks: 45)
        let new = try await Place(route.to)
        try await new.import(try await old.export())
        let (before, after) = (try await old.contents(), try await new.contents())
        #expect(before == after)
        #expect(before["credit"]?.count == 4_500 && before["chunk"]?.count == 47)
    }

    @Test(arguments: Route.all) func numbersGoOnAboveThoseThatAreGone(_ route: Route) async throws {
        let old = try await Self.furnished(route.from)
        let new = try await Place(route.to)
        try await new.import(try await old.export())
        let next = try await new.store.write { transaction in
            try transaction.first(Self.addAudit) { $0.integer(0) }
        }
        #expect(next == Int64(Furniture.texts.count) + 1)
    }

    private static let addAudit = SQL(
        """
        INSERT INTO audit_entry (organization, at_us, actor, action, subject, digest)
        SELECT 3, 0, 'a', 'b', '', digest FROM audit_entry WHERE organization = 3 LIMIT 1
        RETURNING number
        """)

    /// Whoever writes meanwhile is not kept waiting, and nothing of it is in the export.
    @Test(arguments: Backend.all) func exportsOneMoment(_ backend: Backend) async throws {
        let old = try await Self.furnished(backend)
        let before = try await old.contents()
        let path = try await old.export(told: { table in
            guard table.name == "organization" else { return }
            let isWritten = Latch()
            old.store.write { transaction in
                try transaction.run(Self.forget)
                try transaction.run(Self.addAudit)
            } done: { _ in
                isWritten.open()
            }
            isWritten.wait()
        })
        #expect(try await old.contents() != before)
        let new = try await Place(.sqlite)
        try await new.import(path)
        #expect(try await new.contents() == before)
    }

    private static let forget = SQL("DELETE FROM credit")

    /// A migration that adds a table and forgets `Schema.tables` would lose the table's rows.
    @Test(arguments: Backend.all) func leavesNoTableOut(_ backend: Backend) async throws {
        let place = try await Place(backend)
        let all = try await place.store.read { try $0.tableNames() }
        #expect(Set(all) == Set(Place.tables + ["schema_migration", "transfer_state"]))
        #expect(all.count == Place.tables.count + 2)
    }

    /// The same columns under the same names, in whatever order, or a move would end at that table.
    @Test func bothDatabasesHaveTheSameColumns() async throws {
        var described: [[String: [StoredTable.Column]]] = []
        for backend in Backend.all {
            let place = try await Place(backend)
            described.append(
                try await place.store.read { transaction in
                    var tables: [String: [StoredTable.Column]] = [:]
                    for name in Place.tables {
                        tables[name] = try transaction.table(named: name).columns
                    }
                    return tables
                })
        }
        for name in Place.tables {
            #expect(described.allSatisfy { $0[name] == described[0][name] }, "\(name)")
        }
    }

    @Test(arguments: Backend.all) func movesWhatIsEmpty(_ backend: Backend) async throws {
        let (old, new) = (try await Place(backend), try await Place(.sqlite))
        try await new.import(try await old.export())
        #expect(try await new.contents().values.allSatisfy(\.isEmpty))
    }

    @Test(arguments: Backend.all) func refusesADatabaseThatHoldsRows(_ backend: Backend)
        async throws
    {
        let old = try await Self.furnished(.sqlite)
        let path = try await old.export()
        let new = try await Self.furnished(backend, seed: 8)
        let before = try await new.contents()
        await #expect(throws: TransferRefusal.notEmpty(table: "credit")) {
            try await new.import(path)
        }
        #expect(try await new.contents() == before)
        try await TransferDesk(new.store, tables: Place.tables).checkUse()
    }

    @Test(arguments: Backend.all) func tellsWhenTheBooksDiffer(_ backend: Backend) async throws {
        let old = try await Self.furnished(.sqlite)
        let path = try await old.export(books: #"{"events":1}"#)
        let new = try await Place(backend)
        await #expect(throws: TransferRefusal.otherBalance) {
            try await new.import(path, books: #"{"events":2}"#)
        }
        await #expect(throws: TransferRefusal.unfinished) {
            try await TransferDesk(new.store, tables: Place.tables).checkUse()
        }
    }
}
