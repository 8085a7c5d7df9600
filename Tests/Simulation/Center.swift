import ConveyProtocol
import Crypto
import Daemon
import Foundation
import Gate
import HTTP
import Ingest
import Schema
import Store
import TestSupport
import Testing
import Time

/// The aggregator of a simulated world: Gate, Ingest and Store, with backups that it can be restored
/// from.
actor Center: CollectorDirectory {
    static let origin = Origin("https://aggregator.example")!
    let key: SigningKey
    let site: SiteID
    private let clock: ManualClock
    private let backend: Backend
    private var known: [String: (identity: KnownCollector.Identity, key: VerifyingKey)] = [:]
    private var place: TemporaryStore?
    private var running: (store: Store, receiver: BatchReceiver)?
    private(set) var backups: [StoreTemplate] = []

    init(_ backend: Backend, clock: ManualClock, random: some RandomSource) throws {
        self.backend = backend
        self.clock = clock
        key = SigningKey(from: random)
        site = try #require(SiteID(Edge.site))
    }

    var isUp: Bool { running != nil }

    // MARK: Life

    func start() async throws {
        guard running == nil else { return }
        if let place {
            try run(on: TemporaryStore(again: place))
        } else {
            try await run(on: backend.makeStore(migrated: Schema.migrator, in: Scratch.root))
        }
    }

    private func run(on place: TemporaryStore) {
        self.place = place
        let store = place.store
        let gate = Gate(key: key, authorities: [Self.origin.authority], clock: clock.wall)
        let parts = BatchReceiver.Parts(
            gate: gate, directory: self, store: store, metrics: IngestMetrics(MetricRegistry()),
            log: Scratch.log)
        running = (store, BatchReceiver(parts))
    }

    /// Ends as after SIGTERM; what SIGKILL does is the end-to-end tests' matter.
    func stop() async {
        await running?.store.close()
        running = nil
    }

    /// Leaves nothing behind.
    func end() async {
        await stop()
        place = nil
    }

    func makeBackup() async throws {
        guard isUp, let place else { return }
        backups.append(try await StoreTemplate(of: place, in: Scratch.root))
    }

    /// Puts a backup in place of the database.
    func restore(_ number: Int) async throws {
        await stop()
        try run(on: backups[number].makeStore(in: Scratch.root))
    }

    // MARK: Collectors

    /// Makes a collector known, in the tables too.
    func enrol(_ id: CollectorID, _ key: VerifyingKey) async throws {
        guard let store = running?.store else { return }
        let site = site
        try await store.write { tx in
            try tx.run(Self.insertOrganization, .bytes(Array(repeating: 1, count: 16)))
            try tx.run(Self.insertSite, .bytes(site.bytes))
            try tx.run(Self.insertCollector, .bytes(id.bytes))
        }
        known[key.fingerprint] = (.init(number: 1, id: id, organization: 1), key)
    }

    private static let insertOrganization = SQL(
        "INSERT INTO organization (number, id, created_at_us) VALUES (1, $1, 0)")
    private static let insertSite = SQL(
        "INSERT INTO site (number, organization, id, created_at_us) VALUES (1, 1, $1, 0)")
    private static let insertCollector = SQL(
        "INSERT INTO collector (number, organization, id, created_at_us) VALUES (1, 1, $1, 0)")

    func collector(ofKey fingerprint: String) async throws -> KnownCollector? {
        known[fingerprint].map {
            KnownCollector(
                identity: $0.identity, key: $0.key, isRevoked: false, settings: 1,
                sites: [site: 1])
        }
    }

    // MARK: Requests

    /// Answers a request; nil while it is down.
    func answer(_ request: Request) async -> Response? {
        await running?.receiver.receive(request)
    }

    /// Reads the tables, as an auditor with the file would.
    func read<T: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> T) async throws -> T
    {
        guard let store = running?.store else { throw IsDown() }
        return try await store.read(body)
    }

    struct IsDown: Error {}

    /// The ids of all events that are stored and count.
    func storedIDs() async throws -> Set<String> {
        try await read { tx in
            Set(
                try tx.all(SQL("SELECT id FROM event_seen")) {
                    EventID(packed: $0.bytes(0))?.description ?? "unreadable"
                })
        }
    }
}

/// Where simulated worlds live, and what they say.
enum Scratch {
    /// Memory where there is some: a flush costs nothing there, and what it must do is proven
    /// elsewhere.
    static let root =
        ProcessInfo.processInfo.environment["FAULTY_DISK_PREFIX"] ?? roomiest

    private static let roomiest =
        FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()

    /// Says nothing, unless the environment asks: `CONVEY_SIMULATION_LOG=1`.
    static let log = Log(level: isLoud ? .debug : .error, format: .text) { line in
        if isLoud { Log.writeToStandardError(line) }
    }

    static func say(_ line: String) { Log.writeToStandardError(Array((line + "\n").utf8)) }

    /// An event whose whereabouts are told, too: `CONVEY_SIMULATION_FOLLOW=e-17`.
    static let followed = ProcessInfo.processInfo.environment["CONVEY_SIMULATION_FOLLOW"] ?? ""

    static let isLoud =
        ProcessInfo.processInfo.environment["CONVEY_SIMULATION_LOG"] != nil
}
