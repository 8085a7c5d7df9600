import ConveyProtocol
import Crypto
import Daemon
import Foundation
import Gate
import Sites
import Store
import TestSupport
import Testing
import Time

@testable import AggregatorMain

/// Goal: all aggregators on one database sign with one key, a rotation leaves exactly one in force to
/// which the statements lead, and nobody works with another sealing key. Method: installations opened
/// on one store, from several data directories; the files of an older program as each step of a
/// rotation left them.
@Suite struct SigningKeyTests {
    private static let now = Timestamp(unixSeconds: 1_767_225_600)

    /// A database, and data directories of aggregators on it.
    private final class House: Sendable {
        let backend: Backend
        let directories: [TemporaryDirectory]
        private let database: TestPostgres.Database?

        init(_ backend: Backend, aggregators: Int = 1) throws {
            self.backend = backend
            directories = try (0..<aggregators).map { _ in try TemporaryDirectory() }
            database = backend == .postgres ? try TestPostgres.makeDatabase() : nil
        }

        func place(_ number: Int = 0) -> AggregatorPlace {
            let file = directories[0].file("aggregator.db")
            return AggregatorPlace(
                directory: directories[number].path,
                database.map { .server(url: $0.url, TestPostgres.options) } ?? .file(file))
        }

        /// Opens the data, does something with it, and closes it again.
        func with<T: Sendable>(
            _ number: Int = 0, _ body: (Installation) async throws -> T
        ) async throws -> T {
            let data = try AggregatorData(place(number))
            do {
                _ = try await data.migrate()
                let done = try await body(try await Installation.open(data))
                await data.store.close()
                return done
            } catch {
                await data.store.close()
                throw error
            }
        }

        func keys(_ number: Int = 0) async throws -> AggregatorKeys {
            try await with(number) { $0.keyring.keys }
        }

        func rotate(_ number: Int = 0) async throws -> AggregatorKeys {
            try await with(number) { installation in
                let office = Office(
                    place: place(number), installation: installation,
                    directory: StoredDirectory(installation.store))
                let reply = await office.carryOut(Order(command: "signing-key rotate"))
                #expect(reply.exitStatus == 0, "\(reply.errors)")
                return installation.keyring.keys
            }
        }

        func shareSealingKey(with number: Int) throws {
            try FileManager.default.copyItem(
                atPath: place().sealingKey, toPath: place(number).sealingKey)
        }
    }

    @Test(arguments: Backend.all) func aNewInstallationHasOneKeyAndNoStatement(
        _ backend: Backend
    ) async throws {
        let house = try House(backend)
        let keys = try await house.keys()
        #expect(keys.history.statements.isEmpty)
        #expect(try await house.keys() == keys)
    }

    @Test(arguments: Backend.all) func eachRotationAddsAStatementAndDestroysTheFormerKey(
        _ backend: Backend
    ) async throws {
        let house = try House(backend)
        var keys = [try await house.keys().key]
        for _ in 0..<3 {
            let rotated = try await house.rotate()
            #expect(rotated.history.statements.last?.previous == keys.last)
            #expect(try await house.keys() == rotated)
            keys.append(rotated.key)
        }
        #expect(try await house.keys().history.statements.map(\.next) == Array(keys.dropFirst()))
        let sealed = try await house.with { installation in
            try await installation.store.read { transaction in
                try transaction.all(Self.sealed) { $0.isNull(0) }
            }
        }
        #expect(sealed == [true, true, true, false])
    }

    private static let sealed = SQL("SELECT sealed FROM signing_key ORDER BY number")

    /// What the transaction holds is nothing before its commit, and all of it after.
    @Test(arguments: Backend.all) func aRotationThatIsNotCommittedNeverWas(
        _ backend: Backend
    ) async throws {
        struct Death: Error {}
        let house = try House(backend)
        let before = try await house.keys()
        try await house.with { installation in
            let sealing = installation.sealingKey
            await #expect(throws: Death.self) {
                try await installation.store.write { transaction in
                    _ = try SigningKeyTable(transaction, sealing)
                        .rotate(at: Self.now, random: RandomBytes())
                    throw Death()
                }
            }
        }
        #expect(try await house.keys() == before)
    }

    @Test func anotherProcessSignsWithTheNewKey() async throws {
        let house = try House(.postgres, aggregators: 2)
        let first = try await house.keys()
        try house.shareSealingKey(with: 1)
        try await house.with(1) { other in
            #expect(other.keyring.keys == first)
            #expect(try await !other.refreshKeyring())
            let rotated = try await house.rotate()
            #expect(try await other.refreshKeyring())
            #expect(other.keyring.keys == rotated)
            #expect(try await !other.refreshKeyring())
        }
    }

    @Test func rotationsAtTheSameMomentFollowOneAnother() async throws {
        let house = try House(.postgres, aggregators: 1)
        _ = try await house.keys()
        let data = try AggregatorData(house.place())
        let sealing = try await Installation.open(data).sealingKey
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    _ = try await data.store.write { transaction in
                        try SigningKeyTable(transaction, sealing)
                            .rotate(at: Self.now, random: RandomBytes()).statement
                    }
                }
            }
            try await group.waitForAll()
        }
        await data.store.close()
        #expect(try await house.keys().history.statements.count == 4)
    }

    // MARK: The sealing key

    @Test func refusesAnotherSealingKey() async throws {
        let house = try House(.postgres, aggregators: 2)
        _ = try await house.keys()
        let missing = await #expect(throws: StartRefusal.self) { try await house.keys(1) }
        #expect(missing?.sentence.contains("copy sealing.key") == true)
        #expect(!BoundedFile.exists(house.place(1).sealingKey))
        try BoundedFile.replace(
            house.place(1).sealingKey, with: SealingKey(from: RandomBytes()).rawBytes)
        let wrong = await #expect(throws: StartRefusal.self) { try await house.keys(1) }
        #expect(wrong?.sentence.contains("is not the key") == true)
        try FileManager.default.removeItem(atPath: house.place(1).sealingKey)
        try house.shareSealingKey(with: 1)
        #expect(try await house.keys(1) == house.keys())
    }

    /// Of several that start on an empty database at once all agree on one signing key, and those whose
    /// sealing key came too late say what to do.
    @Test func manyStartAtOnce() async throws {
        let house = try House(.postgres, aggregators: 4)
        let ends = await withTaskGroup(of: Result<AggregatorKeys, any Error>.self) { group in
            for number in 0..<4 {
                group.addTask {
                    do { return .success(try await house.keys(number)) } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let keys = ends.compactMap { try? $0.get() }
        #expect(keys.count == 1)
        for case .failure(let error) in ends { #expect(error is StartRefusal, "\(error)") }
    }

    // MARK: Files of an older program

    private static func files(_ house: House, _ key: SigningKey, _ history: KeyHistory) throws {
        try KeyFile.write(key, to: house.place().signingKey)
        try BoundedFile.replace(house.place().keyStatements, with: history.json)
    }

    @Test(arguments: Backend.all) func takesTheFilesOver(_ backend: Backend) async throws {
        let house = try House(backend)
        let (first, second) = (SigningKey(from: RandomBytes()), SigningKey(from: RandomBytes()))
        let history = try #require(
            KeyHistory([KeyStatement(second.verifyingKey, follows: first, at: Self.now)]))
        try Self.files(house, second, history)
        let keys = try await house.keys()
        #expect(keys.key == second.verifyingKey && keys.history == history)
        // They stay, for an older backup, until the key has a successor.
        #expect(BoundedFile.exists(house.place().signingKey))
        let rotated = try await house.rotate()
        #expect(rotated.history.statements.count == 2)
        for path in [house.place().signingKey, house.place().keyStatements] {
            #expect(!BoundedFile.exists(path), "\(path)")
        }
        #expect(try await house.keys() == rotated)
    }

    @Test func takesOverWhatWasCutOffBehindTheStatement() async throws {
        let house = try House(.sqlite)
        let (first, draft) = (SigningKey(from: RandomBytes()), SigningKey(from: RandomBytes()))
        let statement = KeyStatement(draft.verifyingKey, follows: first, at: Self.now)
        try Self.files(house, first, try #require(KeyHistory([statement])))
        try KeyFile.write(draft, to: house.place().nextSigningKey)
        #expect(try await house.keys().key == draft.verifyingKey)
        #expect(!BoundedFile.exists(house.place().signingKey), "The former key is gone.")
    }

    @Test func passesOverADraftThatNothingNames() async throws {
        let house = try House(.sqlite)
        let first = SigningKey(from: RandomBytes())
        try KeyFile.write(first, to: house.place().signingKey)
        try KeyFile.write(SigningKey(from: RandomBytes()), to: house.place().nextSigningKey)
        #expect(try await house.keys().key == first.verifyingKey)
    }

    @Test func refusesFilesThatDoNotBelongTogether() async throws {
        let house = try House(.sqlite)
        let (first, second) = (SigningKey(from: RandomBytes()), SigningKey(from: RandomBytes()))
        let statement = KeyStatement(second.verifyingKey, follows: first, at: Self.now)
        let history = try #require(KeyHistory([statement]))
        try Self.files(house, first, history)
        await #expect(throws: KeyFilesFault.self) { try await house.keys() }
        try FileManager.default.removeItem(atPath: house.place().signingKey)
        await #expect(throws: (any Error).self) { try await house.keys() }
        try KeyFile.write(second, to: house.place().signingKey)
        try BoundedFile.replace(house.place().keyStatements, with: Array(history.json.dropLast(4)))
        await #expect(throws: KeyFilesFault.self) { try await house.keys() }
        try FileManager.default.removeItem(atPath: house.place().keyStatements)
        #expect(try await house.keys().key == second.verifyingKey)
    }
}
