import SQLite
import Store

/// Sees by a reading connection of its own, as any reader would, when the aggregator's database, a file
/// or a server's, shows conversions and their uploads.
actor OutcomeWatch {
    typealias Instant = ContinuousClock.Instant

    /// When an order's outcome could be read first.
    struct Sight: Sendable {
        var visible: Instant?
        var counted: Instant?
        var queued: Instant?
        var due: Instant?
    }

    /// By what the order is known by.
    private(set) var sights: [String: Sight] = [:]
    private let source: Source
    var lastVersion: Int64 = 0
    var lastUpload: Int64 = 0
    private var lastSent: Int64 = 0
    var identities: [Int64: String] = [:]

    private enum Source {
        case file(Reader)
        case server(Store)
    }

    /// `~Copyable` things are held by a class.
    private final class Reader {
        let connection: Connection
        init(_ path: String) throws { connection = try Connection(path: path, mode: .reader) }
    }

    /// What is there already is passed over.
    init(path: String) throws {
        let reader = try Reader(path)
        source = .file(reader)
        lastVersion = try Self.last("SELECT max(rowid) FROM conversion_version", reader)
        lastUpload = try Self.last("SELECT max(number) FROM upload", reader)
        lastSent = try Self.last("SELECT max(number) FROM upload_request", reader)
    }

    /// An empty database of PostgreSQL.
    init(url: String) async throws {
        var options = PostgresOptions()
        options.connections = 1
        source = .server(try Store.postgres(url: url, options: options))
    }

    /// Looks every few milliseconds, until it is cancelled.
    func run() async throws {
        while !Task.isCancelled {
            switch source {
            case .file(let reader): try look(reader)
            case .server(let store): try await look(store)
            }
            do { try await ContinuousClock().sleep(for: .milliseconds(3)) } catch { return }
        }
    }

    private func look(_ reader: Reader) throws {
        var rows: [(Int64, Int64, String, String)] = []
        try each(reader, Self.versions, lastVersion) {
            rows.append(($0.integer(0), $0.integer(1), $0.text(2) ?? "", $0.text(3) ?? ""))
        }
        let now = ContinuousClock.now
        for (row, conversion, identity, status) in rows {
            lastVersion = row
            identities[conversion] = identity
            note(conversion, \.visible, now)
            if status == "counted" { note(conversion, \.counted, now) }
        }
        try lookAtUploads(reader)
    }

    private func lookAtUploads(_ reader: Reader) throws {
        var queued: [Int64] = []
        try each(reader, Self.uploads, lastUpload) {
            lastUpload = $0.integer(0)
            queued.append($0.integer(1))
        }
        var due: [Int64] = []
        try each(reader, Self.sent, lastSent) {
            lastSent = $0.integer(0)
            due.append($0.integer(1))
        }
        try each(reader, Self.due, nil) { due.append($0.integer(0)) }
        let now = ContinuousClock.now
        for conversion in queued { note(conversion, \.queued, now) }
        for conversion in due { note(conversion, \.due, now) }
    }

    func note(
        _ conversion: Int64, _ moment: WritableKeyPath<Sight, Instant?>, _ now: Instant
    ) {
        guard let identity = identities[conversion] else { return }
        var sight = sights[identity] ?? Sight()
        guard sight[keyPath: moment] == nil else { return }
        sight[keyPath: moment] = now
        sights[identity] = sight
    }

    private func each(
        _ reader: Reader, _ sql: String, _ after: Int64?, _ body: (SQLite::Row) -> Void
    ) throws {
        let statement = try reader.connection.statement(sql)
        if let after { try statement.bind(1, after) }
        while let row = try statement.next() { body(row) }
    }

    private static func last(_ sql: String, _ reader: Reader) throws -> Int64 {
        let statement = try reader.connection.statement(sql)
        var last: Int64 = 0
        while let row = try statement.next() { last = row.integer(0) }
        return last
    }

    private static let versions = """
        SELECT rowid, conversion, identity, status FROM conversion_version WHERE rowid > $1
        ORDER BY rowid
        """
    private static let uploads =
        "SELECT number, conversion FROM upload WHERE number > $1 ORDER BY number"
    private static let due = """
        SELECT u.conversion FROM destination d JOIN upload u
            ON u.organization = d.organization AND u.destination = d.number AND u.state = 'due'
        """
    /// What was due for a moment only.
    private static let sent = """
        SELECT r.number, u.conversion FROM upload_request r
        JOIN upload_member m ON m.organization = r.organization AND m.request = r.number
        JOIN upload u ON u.organization = m.organization AND u.number = m.upload
        WHERE r.number > $1 ORDER BY r.number
        """
}
