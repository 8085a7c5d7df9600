import Child
import Stage
import Synchronization
import TestSupport
import Testing

/// What a siege's aggregators stand on, and how it is shaken.
final class Ground: Sendable {
    enum Kind: CustomTestStringConvertible {
        /// One aggregator on a file.
        case file
        /// Three aggregators on a server that is dropped now and then, as by `pg_ctl stop -m immediate`.
        case server
        /// Three aggregators on a primary that dies for good, and its synchronous standby.
        case pair

        /// Where the database itself holds.
        static let steady: [Kind] = [.file, .server]
        /// Every ground.
        static let all: [Kind] = [.file, .server, .pair]

        var aggregators: Int { self == .file ? 1 : 3 }
        /// Kills and faults where nobody says how many.
        var shocks: Int { self == .file ? 200 : 100 }

        var testDescription: String {
            switch self {
            case .file: "one on SQLite"
            case .server: "three on PostgreSQL"
            case .pair: "three on a primary and its standby"
            }
        }
    }

    let place: StageDatabase
    private let directory: TemporaryDirectory?
    /// Where there is one that is not a pair's.
    let server: PostgresServer?
    private let pair: TestPostgresPair?
    private let hasFailedOver = Mutex(false)

    static func make(_ kind: Kind) async throws -> Ground { try await Ground(kind) }

    private init(_ kind: Kind) async throws {
        switch kind {
        case .file:
            (directory, server, pair, place) = (nil, nil, nil, .sqlite)
        case .server:
            let directory = try TemporaryDirectory()
            let server = try await TestPostgres.start(in: directory)
            (self.directory, self.server, pair) = (directory, server, nil)
            place = .postgres(url: server.url(database: "convey"))
        case .pair:
            let pair = try await TestPostgresPair()
            (directory, server, self.pair) = (nil, nil, pair)
            place = .postgres(url: pair.url)
        }
    }

    /// Shakes it: the server is dropped and comes back, the primary dies for good.
    /// - Returns: false where there is nothing to shake.
    func crash(by random: inout SeededRandom) async throws -> Bool {
        if let server {
            if Bool.random(using: &random) {
                await server.stop(.immediate)
            } else {
                try await server.crash()
            }
            let away = Duration.milliseconds(Int.random(in: 0...1_500, using: &random))
            try await ContinuousClock().sleep(for: away)
            try await server.start()
            return true
        }
        let isFirst = hasFailedOver.withLock { hasFailed in
            defer { hasFailed = true }
            return !hasFailed
        }
        guard let pair, isFirst else { return false }
        try await pair.failOver()
        return true
    }

    /// Ends its servers.
    func end() async {
        await server?.stop(.immediate)
        await pair?.primary.stop(.immediate)
        await pair?.standby.stop(.immediate)
    }
}
