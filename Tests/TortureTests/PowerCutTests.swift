import Child
import Foundation
import Glibc
import HTTP
import Stage
import Synchronization
import TestSupport
import Testing
import Troupe

/// Goal: a power cut costs no acknowledged event.
///
/// Method: a collector's data lies on an ext4 file system in an image. Under load the collector is
/// stopped at a drawn instant and the image is copied: the copy has what the device was given, and
/// nothing that only memory held. The copy is mounted as after a power cut and held against what
/// clients had been told by then. The same with an fsync that lies must lose events, or the test
/// would prove nothing. Needs root and a loop device; the run says where it cannot be done.
@Suite(.inTurn, .serialized) struct PowerCutTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let cuts = environment["CONVEY_POWER_CUTS"].flatMap { Int($0) } ?? 3
    private static let seed =
        environment["CONVEY_TORTURE_SEED"].flatMap { UInt64($0) } ?? UInt64(getpid())
    private static let isPossible = getuid() == 0 && Image.canBeMounted

    @Test(.enabled(if: isPossible, "needs root and a loop device"), .timeLimit(.minutes(30)))
    func nothingAcknowledgedIsLost() async throws {
        print("CONVEY_TORTURE_SEED=\(Self.seed)")
        var random = SeededRandom(seed: Self.seed)
        let moments = (0..<Self.cuts).map { _ in Int.random(in: 20...600, using: &random) }
        let site = try await Site()
        try await site.run(environment: [:]) { power in
            var checked = 0
            for (number, moment) in moments.enumerated() {
                let cut = try await power.cut(after: .milliseconds(moment))
                let found = try await power.examine(cut, number, isHonest: true)
                let lost = cut.acknowledged.subtracting(found)
                #expect(
                    lost.isEmpty, "cut \(number): \(lost.count) lost, \(lost.sorted().prefix(3))")
                checked += cut.acknowledged.count
            }
            print("\(Self.cuts) power cuts: \(checked) acknowledged events looked for.")
            #expect(checked > 0)
        }
    }

    @Test(.enabled(if: isPossible, "needs root and a loop device"), .timeLimit(.minutes(10)))
    func anFsyncThatLiesIsFoundOut() async throws {
        let site = try await Site()
        let disk = try FaultyDisk(under: site.folder)
        disk.set(.sync, .lie)
        try await site.run(environment: disk.environment) { power in
            let cut = try await power.cut(after: .milliseconds(300))
            #expect(disk.hits(.sync) > 0)
            let found = try await power.examine(cut, 0, isHonest: false)
            #expect(!cut.acknowledged.subtracting(found).isEmpty)
        }
    }
}

/// An image with a file system.
private struct Image {
    let path: String

    /// Whether this machine lets us mount one: some containers do not.
    static let canBeMounted: Bool = {
        guard FileManager.default.fileExists(atPath: "/dev/loop-control"),
            let directory = try? TemporaryDirectory()
        else { return false }
        let image = Image(path: directory.file("image"))
        let target = directory.file("mounted")
        do {
            try image.make(megabytes: 8)
            try image.mount(at: target)
            try Image.unmount(target)
            return true
        } catch {
            return false
        }
    }()

    func make(megabytes: Int) throws {
        try Self.run("truncate", "-s", "\(megabytes)M", path)
        try Self.run("mkfs.ext4", "-q", "-F", path)
    }

    func mount(at folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.run("mount", "-o", "loop", path, folder)
    }

    func copy(to path: String) throws { try Self.run("cp", "--sparse=always", self.path, path) }

    static func unmount(_ folder: String) throws { try run("umount", folder) }

    private static func run(_ words: String...) throws {
        let directory = try TemporaryDirectory()
        let outcome = try Program.runBlocking(
            "/usr/bin/env", words,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], scratch: directory.file("out"))
        guard outcome.status == 0 else {
            throw Program.Fault(description: "\(words.joined(separator: " ")): \(outcome.errors)")
        }
    }
}

/// A collector on an image, without its aggregator: nothing is delivered, so everything must be there.
private final class Site: Sendable {
    let stage: Stage
    let folder: String
    private let image: Image

    init() async throws {
        stage = try Stage.fresh(programs: Stage.builtPrograms)
        folder = stage.path("edge-power")
        image = Image(path: stage.path("image"))
        try image.make(megabytes: 96)
        try image.mount(at: folder)
    }

    func run(
        environment: [String: String], _ test: (Power) async throws -> Void
    ) async throws {
        let aggregator = try await stage.startAggregator()
        do {
            let merchant = try await Merchant.open("Power", stores: ["power"], on: stage)
            let first = try await merchant.startCollector()
            try await merchant.takesEvents()
            await first.stop()
            await aggregator.crash()
            let small = [
                "CONVEY_COLLECTOR_BUFFER_BYTES_MAX": "33554432",
                "CONVEY_COLLECTOR_BUFFER_WAITING_BYTES_MAX": "1048576",
            ]
            let collector = try await merchant.startCollector(
                environment: environment.merging(small) { $1 })
            let power = Power(self, image, merchant, collector)
            do {
                try await test(power)
            } catch {
                await collector.crash()
                throw error
            }
            await collector.crash()
        } catch {
            await aggregator.crash()
            try? Image.unmount(folder)
            throw error
        }
        try Image.unmount(folder)
        try stage.remove()
    }
}

/// Load on a collector, and cuts.
private final class Power: Sendable {
    /// A copy of the image, and what had been acknowledged before it was made.
    struct Cut: Sendable {
        let image: Image
        let acknowledged: Set<String>
    }

    private let site: Site
    private let image: Image
    private let merchant: Merchant
    private let collector: Program
    private let acknowledged = Mutex<Set<String>>([])
    private let turn = Mutex(0)
    private let isLoaded = Mutex(false)
    private let client = Client(Client.Settings(totalTimeout: .seconds(60)), name: "power")

    init(_ site: Site, _ image: Image, _ merchant: Merchant, _ collector: Program) {
        (self.site, self.image) = (site, image)
        (self.merchant, self.collector) = (merchant, collector)
    }

    /// Brings events for so long, then copies the image while the collector stands still.
    func cut(after moment: Duration) async throws -> Cut {
        isLoaded.withLock { $0 = true }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask { while self.isLoaded.withLock({ $0 }) { try await self.bring() } }
            }
            try await ContinuousClock().sleep(for: moment)
            let promised = acknowledged.withLock { $0 }
            collector.signal(SIGSTOP)
            let copy = Image(path: site.stage.path("cut-\(UUID().uuidString.prefix(8))"))
            try image.copy(to: copy.path)
            collector.signal(SIGCONT)
            isLoaded.withLock { $0 = false }
            try await group.waitForAll()
            return Cut(image: copy, acknowledged: promised)
        }
    }

    private func bring() async throws {
        let number = turn.withLock { turn in
            turn += 1
            return turn
        }
        let ids = (0...number % 7).map { "power-\(number)-\($0)" }
        let events = ids.map { #"{"id":"\#($0)","type":"login","visitor":"v"}"# }
        let answer = try await client.send(
            ClientRequest(
                .post, merchant.intake, "/v1/events",
                headers: [
                    "Content-Type": "application/json",
                    "Authorization": "Bearer \(merchant.shops[0].serverKey)",
                ], body: Array("[\(events.joined(separator: ","))]".utf8)))
        // While it stands still a request may wait for too long; then nothing was promised.
        guard answer.status / 100 == 2 else { return }
        acknowledged.withLock { $0.formUnion(ids) }
    }

    /// Mounts a copy, reads it whole, opens it as a collector does, and says which events it holds.
    func examine(_ cut: Cut, _ number: Int, isHonest: Bool) async throws -> Set<String> {
        let folder = site.stage.path("mounted-\(number)")
        try cut.image.mount(at: folder)
        do {
            let found = try await read(folder, isHonest: isHonest)
            try Image.unmount(folder)
            try FileManager.default.removeItem(atPath: cut.image.path)
            return found
        } catch {
            try? Image.unmount(folder)
            throw error
        }
    }

    private func read(_ folder: String, isHonest: Bool) async throws -> Set<String> {
        if isHonest {
            let status = try await command(["buffer", "status", "--json"], on: folder)
            #expect(status.output.contains(#""balanced":true"#), "\(status.output)")
            #expect(try await command(["buffer", "verify"], on: folder).status == 0)
        }
        let export = try await command(["buffer", "export", "--all"], on: folder).output
        return Set(
            export.split(separator: "\n").compactMap { line in
                line.firstMatch(of: /"id":"([^"]*)"/).map { String($0.output.1) }
            })
    }

    private func command(_ words: [String], on folder: String) async throws -> Program.Outcome {
        try await Program.run(
            "\(site.stage.programs)/convey-collector",
            words + ["--config", merchant.configuration],
            environment: ["CONVEY_COLLECTOR_DATA_DIRECTORY": folder],
            scratch: site.stage.path("logs/examine-\(UUID().uuidString.prefix(8))"))
    }
}
