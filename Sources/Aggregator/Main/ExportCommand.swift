import Crypto
import Daemon
import HTTP
import Schema
import Store
import Time
import Transfer

/// `export FILE`: writes all of the database into one file, for another database. Reads beside a daemon
/// that goes on; with `--final` the database is closed first, in all processes at once.
struct ExportCommand {
    private let place: AggregatorPlace
    private let clock: any WallClock

    init(_ place: AggregatorPlace, clock: any WallClock = SystemClock()) {
        self.place = place
        self.clock = clock
    }

    /// 0 done, 1 refused, 69 not possible now.
    func run(_ invocation: CommandInvocation) async -> Int32 {
        await Transfers.run { try await export(invocation) }
    }

    private func export(_ invocation: CommandInvocation) async throws -> Int32 {
        let isFinal = invocation.flags.contains("final")
        if isFinal {
            guard let target = invocation.values["to"] else {
                throw OrderRefusal.wrongValue(
                    option: "--to", takes: "a few words that say where the database moves")
            }
            let reply = try await OrderCommand(place).carryOut(
                Order(command: "export", values: ["to": target]))
            guard reply.exitStatus == 0 else {
                Terminal.complain(reply.errors)
                return reply.exitStatus
            }
            Terminal.complain(reply.output)
        }
        let store = try place.patient.openToRead()
        let start = ContinuousClock.now
        let summary = try await write(invocation.operands[0], isFinal: isFinal, from: store)
        await store.close()
        Transfers.tell(summary, "exported", since: start)
        if isFinal { Terminal.complain(Self.next) }
        return 0
    }

    private func write(
        _ path: String, isFinal: Bool, from store: Store
    ) async throws -> TransferSummary {
        let status = try await Schema.migrator.status(of: store)
        guard status.pending.isEmpty else {
            throw TransferRefusal.otherSchema(
                export: Int64(status.version), program: Int64(Schema.migrations.count))
        }
        let head = ExportHead(
            schema: Int64(status.version), isFinal: isFinal, madeAt: clock.now(),
            sealingKey: try Transfers.sealingKey(place))
        return try await Exporter(store, tables: Transfers.tables).export(
            head, to: path, balance: { try Transfers.books(in: $0) }, told: Transfers.tell)
    }

    private static let next = """
        This database is closed; collectors keep what they have until another answers for it. Copy \
        sealing.key, import, and serve from there.
        """
}
