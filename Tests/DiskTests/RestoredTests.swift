import Child
import Foundation
import HTTP
import SQLite
import Stage
import TestSupport
import Testing
import Troupe

/// Goal: a restored database, a restored buffer and a cloned collector cost nothing that was promised
/// and is still held, nothing is counted twice, and people are told what happened.
///
/// Method: copies are taken while the program is stopped, or by `backup`; later they take the place of
/// the newer files. Everything between was delivered, or is held.
@Suite(.inTurn) struct RestoredTests {
    @Test(arguments: Backend.ofPrograms)
    func theAggregatorsDatabaseFromABackup(_ backend: Backend) async throws {
        try await Trial.run(on: backend) { trial in
            try await trial.bring("before")
            try await trial.books.settled(within: .seconds(60))
            let copy = try await trial.database.backUp(on: trial.stage)
            try await trial.bring("lost-by-the-ledger")
            try await trial.books.settled(within: .seconds(60))
            try await trial.aggregator.stop()
            try await trial.database.putBack(copy, on: trial.stage)
            try await trial.startAggregator()
            let restored = try await trial.books.ledger()
            #expect(restored.accepted == 30)
            try await trial.bring("after")
            try await trial.expectNothingLost()
            let ledger = try await trial.books.ledger()
            #expect(ledger.accepted == trial.promisedCount)
            #expect(ledger.findings["behind"] ?? 0 > 0)
            let text = try await trial.stage.aggregator(["balance"])
            #expect(text.contains("Was this database restored?"))
            #expect(text.contains("The books balance"))
            let status = try await trial.merchant.collector(["status"])
            #expect(status.contains("The ledger went back, as after a restore"))
            let edge = try await trial.books.edge()
            #expect(edge.stored == ledger.assigned && edge.problems.isEmpty)
        }
    }

    enum Way: CaseIterable {
        /// As new files, which the collector notices by itself.
        case newFiles
        /// Over the files that are there, which only the ledger notices.
        case sameFiles
    }

    @Test(arguments: Backend.ofPrograms, Way.allCases)
    func theCollectorsDataFromACopy(_ backend: Backend, _ way: Way) async throws {
        try await Trial.run(on: backend) { trial in
            let (data, copy) = (trial.merchant.dataDirectory, trial.stage.path("copy"))
            try await trial.bring("before")
            try await trial.books.settled(within: .seconds(60))
            try await trial.collector.stop()
            try await trial.copy(data, to: copy)
            try await trial.startCollector()
            try await trial.bring("not-in-the-copy")
            try await trial.books.settled(within: .seconds(60))
            let epoch = try await trial.books.edge().epoch
            try await trial.collector.stop()
            if way == .newFiles {
                try FileManager.default.moveItem(atPath: data, toPath: data + "-old")
            }
            try await trial.copy(copy, to: data)
            try await trial.startCollector()
            try await trial.bring("after")
            try await trial.expectNothingLost()
            #expect(try await trial.books.edge().epoch != epoch)
            let ledger = try await trial.books.ledger()
            #expect(ledger.accepted == trial.promisedCount)
            switch way {
            case .newFiles:
                let log = trial.stage.log(of: trial.merchant.name)
                #expect(
                    log.contains("The buffer is a copy of another file; a new epoch carries on."))
            case .sameFiles:
                let status = try await trial.merchant.collector(["status"])
                #expect(status.contains("this collector was restored or cloned. A new epoch"))
            }
        }
    }

    /// The night on which everything is restored, the aggregator to an earlier hour than the collector.
    @Test(arguments: Backend.ofPrograms)
    func bothFromCopiesOfDifferentHours(_ backend: Backend) async throws {
        try await Trial.run(on: backend) { trial in
            let (data, copy) = (trial.merchant.dataDirectory, trial.stage.path("copy"))
            try await trial.bring("in-both")
            try await trial.books.settled(within: .seconds(60))
            let backup = try await trial.database.backUp(on: trial.stage)
            try await trial.bring("in-the-collectors")
            try await trial.books.settled(within: .seconds(60))
            try await trial.collector.stop()
            try await trial.aggregator.stop()
            try await trial.copy(data, to: copy)
            try FileManager.default.moveItem(atPath: data, toPath: data + "-old")
            try await trial.copy(copy, to: data)
            try await trial.database.putBack(backup, on: trial.stage)
            try await trial.startAggregator()
            try await trial.startCollector()
            try await trial.bring("after")
            try await trial.expectNothingLost()
            let ledger = try await trial.books.ledger()
            #expect(ledger.accepted == trial.promisedCount)
        }
    }

    enum Cloning: CaseIterable {
        /// As files, which the clone notices by itself.
        case files
        /// As the image of a machine, in which every file is the same: only the ledger notices.
        case image
    }

    @Test(arguments: Backend.ofPrograms, Cloning.allCases)
    func aClonedCollector(_ backend: Backend, _ cloning: Cloning) async throws {
        try await Trial.run(on: backend) { trial in
            try await trial.bring("before")
            try await trial.books.settled(within: .seconds(60))
            try await trial.aggregator.stop()
            try await trial.bring("held-by-both")
            try await trial.collector.stop()
            let clone = try await Clone(of: trial)
            if cloning == .image { try clone.passForTheOriginal() }
            try await trial.startAggregator()
            try await trial.startCollector()
            try await clone.start()
            for round in 0..<3 {
                try await trial.bring("original-\(round)", requests: 4)
                try await trial.bring("clone-\(round)", requests: 4, to: clone.intake)
            }
            try await clone.settled(within: .seconds(60))
            try await trial.expectNothingLost()
            let ledger = try await trial.books.ledger()
            #expect(ledger.accepted == trial.promisedCount)
            switch cloning {
            case .files:
                let log = trial.stage.log(of: "clone")
                #expect(log.contains("The buffer is a copy of another file; a new epoch"))
                #expect(ledger.findings.isEmpty)
            case .image:
                let both = try await trial.merchant.collector(["status"]) + clone.status()
                #expect(both.contains("this collector was restored or cloned. A new epoch"))
                // Whether the ledger sees a fork depends on who comes first with new numbers.
                guard ledger.findings["fork"] != nil else { return }
                let text = try await trial.stage.aggregator(["balance"])
                #expect(text.contains("Was its file restored or cloned?"))
            }
        }
    }
}

/// A copy of the trial's collector, of everything but its port.
private struct Clone {
    let intake: Origin
    private let trial: Trial
    private let configuration: String

    init(of trial: Trial) async throws {
        self.trial = trial
        intake = try Stage.origin("http://127.0.0.1:\(FreePort.pick())")
        configuration = trial.stage.path("clone.yaml")
        try await trial.copy(trial.merchant.dataDirectory, to: trial.stage.path("clone"))
        let text = try String(contentsOfFile: trial.merchant.configuration, encoding: .utf8)
        try trial.stage.write(
            text.replacing(trial.merchant.dataDirectory, with: trial.stage.path("clone"))
                .replacing(trial.merchant.intake.authority, with: intake.authority),
            to: "clone.yaml")
    }

    /// Makes the copied file take itself for the one that it was copied from.
    func passForTheOriginal() throws {
        let path = trial.stage.path("clone/buffer.db")
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        let inode = try #require(attributes[.systemFileNumber] as? NSNumber).int64Value
        let connection = try Connection(path: path, mode: .owner())
        try connection.execute("UPDATE file SET inode = \(inode)")
    }

    /// What it says of itself.
    func status() async throws -> String {
        try await trial.stage.output("convey-collector", ["status", "--config", configuration])
    }

    func start() async throws {
        let program = try await trial.stage.start(
            "convey-collector", ["run", "--config", configuration], log: "clone")
        trial.keep(program, as: "clone")
    }

    /// Waits until the clone has a receipt for everything.
    func settled(within limit: Duration) async throws {
        struct Status: Decodable {
            let lanes: [String: Lane]
            struct Lane: Decodable { let pending: Int64 }
        }
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let text = try await trial.stage.output(
                "convey-collector", ["status", "--json", "--config", configuration])
            let status = try JSONDecoder().decode(Status.self, from: Data(text.utf8))
            if status.lanes.values.allSatisfy({ $0.pending == 0 }) { return }
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
        throw Program.Fault(description: "after \(limit) the clone still holds events")
    }
}

extension Trial {
    /// Copies a folder; over files that are there it writes, and keeps them the same files.
    func copy(_ source: String, to target: String) async throws {
        let outcome = try await Program.run(
            "/bin/cp", ["-RT", "--preserve=mode", source, target],
            scratch: stage.path("logs/copy"))
        try #require(outcome.status == 0, "\(outcome.errors)")
    }
}
