import Crypto
import Daemon
import HTTP
import Ingest
import Schema
import Store
import Transfer

/// What export and import have in common.
enum Transfers {
    /// Every table of the schema but the schema's own.
    static let tables = Schema.tables.map(\.name).filter { $0 != "schema_migration" }

    /// Runs a command and tells what is wrong.
    static func run(_ body: () async throws -> Int32) async -> Int32 {
        do {
            return try await body()
        } catch let refusal as TransferRefusal {
            Terminal.complain(refusal.sentence)
        } catch let refusal as OrderRefusal {
            Terminal.complain(refusal.sentence)
        } catch let refusal as MigrationRefusal {
            Terminal.complain(refusal.sentence)
        } catch let fault as any Fault {
            Terminal.complain(fault.sentence)
            return fault.canRetry ? 69 : 1
        } catch {
            Terminal.complain("The database could not be moved.")
        }
        return 1
    }

    /// SHA-256 of the data directory's sealing key, by which two keys are told apart.
    static func sealingKey(_ place: AggregatorPlace) throws -> String {
        SHA256Digest(of: try BoundedFile.read(place.sealingKey, bytesMax: 32)).hex
    }

    /// The books of all organizations as one JSON object.
    static func books(in transaction: Transaction) throws -> String {
        BalanceText(
            sheet: try Balance.sheet(in: transaction),
            collectors: try BalanceText.collectorIDs(in: transaction)
        ).json
    }

    /// A line for each table with rows, while it goes on.
    static func tell(_ table: TransferredTable) {
        guard table.rows > 0 else { return }
        Terminal.complain("\(table.name): \(table.rows) rows")
    }

    static func tell(
        _ summary: TransferSummary, _ what: String, since start: ContinuousClock.Instant
    ) {
        let took = ContinuousClock.now - start
        let seconds = max(0.001, took / .seconds(1))
        let rate = Int((Double(summary.rows) / seconds).rounded())
        Terminal.complain(
            "\(summary.rows) rows in \(summary.tables.count) tables \(what) in \(Int(seconds.rounded())) s, \(rate) rows/s."
        )
    }
}
