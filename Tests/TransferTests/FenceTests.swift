import Daemon
import Store
import TestSupport
import Testing
import Time
import Transfer

/// Goal: of two copies of a database never both are written to. Method: close one and write to it, import
/// what is no last export and ask whether it may be served from.
@Suite struct FenceTests {
    private static let add = SQL(
        "INSERT INTO organization (number, id, created_at_us) VALUES ($1, $2, 0)")
    private static let change = SQL("UPDATE organization SET created_at_us = 1")
    private static let remove = SQL("DELETE FROM organization")

    private static func desk(_ place: Place) -> TransferDesk {
        TransferDesk(place.store, tables: Place.tables)
    }

    private static func add(_ number: Int64, to place: Place) async throws {
        try await place.store.write { transaction in
            _ = try transaction.run(
                Self.add, .integer(number), .bytes([UInt8](repeating: UInt8(number), count: 16)))
        }
    }

    @Test(arguments: Backend.all) func nobodyWritesToAClosedDatabase(_ backend: Backend)
        async throws
    {
        let place = try await Place(backend)
        try await Self.add(1, to: place)
        try await Self.desk(place).close(movedTo: "the new place", at: Place.now)
        for statement in [Self.change, Self.remove] {
            let fault = await #expect(throws: StoreFault.self) {
                try await place.store.write { _ = try $0.run(statement) }
            }
            #expect(fault?.kind == .moved && fault?.canRetry == true)
        }
        await #expect(throws: StoreFault.self) { try await Self.add(2, to: place) }
        await #expect(
            throws: TransferRefusal.moved(to: "the new place", at: Place.now.description)
        ) { try await Self.desk(place).checkUse() }
        #expect(try await place.contents()["organization"]?.count == 1)
    }

    @Test(arguments: Backend.all) func aMoveCanBeTakenBack(_ backend: Backend) async throws {
        let place = try await Place(backend)
        await #expect(throws: TransferRefusal.notMoved) { try await Self.desk(place).open() }
        try await Self.desk(place).close(movedTo: "there", at: Place.now)
        try await Self.desk(place).close(movedTo: "elsewhere", at: Place.now)
        try await Self.desk(place).open()
        try await Self.desk(place).checkUse()
        try await Self.add(1, to: place)
        try await Self.desk(place).close(movedTo: "there", at: Place.now)
        await #expect(throws: StoreFault.self) { try await Self.add(2, to: place) }
    }

    @Test(arguments: Backend.all) func aLastExportNeedsAClosedDatabase(_ backend: Backend)
        async throws
    {
        let place = try await Place(backend)
        await #expect(throws: TransferRefusal.notMoved) {
            _ = try await place.export(isFinal: true)
        }
        try await Self.desk(place).close(movedTo: "there", at: Place.now)
        await #expect(throws: TransferRefusal.self) { _ = try await place.export("b.convey") }
        let path = try await place.export("c.convey", isFinal: true)
        let new = try await Place(backend)
        try await new.import(path)
        try await Self.desk(new).checkUse()
        try await Self.add(1, to: new)
    }

    @Test(arguments: Backend.all) func aTrialCopyIsNotServedFrom(_ backend: Backend) async throws {
        let (old, new) = (try await Place(.sqlite), try await Place(backend))
        try await new.import(try await old.export())
        await #expect(throws: TransferRefusal.trial(of: Place.now.description)) {
            try await Self.desk(new).checkUse()
        }
        await #expect(throws: TransferRefusal.self) { _ = try await new.export() }
        try await Self.desk(old).checkUse()
    }
}
