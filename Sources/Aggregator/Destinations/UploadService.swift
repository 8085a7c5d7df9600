package import Daemon
import Store
import Time

/// Runs every destination: starts a runner for each that appears, and wakes those that have something
/// due. A runner ends by itself once its destination is removed.
package final class UploadService: Service {
    /// What logs call it.
    package let name = "uploads"
    /// How often it looks for destinations and counts money when nobody rings.
    private static let lookInterval: Duration = .seconds(30)

    private let tools: UploadTools
    private let bell: Bell

    /// - Parameter bell: rung after every commit that put uploads into the queue or changed a
    ///   destination.
    package init(_ tools: UploadTools, bell: Bell) {
        self.tools = tools
        self.bell = bell
    }

    /// Runs until the daemon stops; requests on their way are then given up, and sent again.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            var runners: [Int64: (runner: UploadRunner, version: Int64)] = [:]
            var countedAt: Timestamp?
            while !Task.isCancelled {
                do {
                    for place in try await destinations() {
                        if let known = runners[place.destination] {
                            if place.isWoken || place.version != known.version {
                                known.runner.sendBell.ring()
                            }
                            if place.version != known.version { known.runner.askBell.ring() }
                            runners[place.destination]?.version = place.version
                            continue
                        }
                        let runner = UploadRunner(
                            organization: place.organization, destination: place.destination, tools)
                        runners[place.destination] = (runner, place.version)
                        group.addTask { await runner.run() }
                    }
                    let now = tools.clock.now()
                    if countedAt.map({ now - $0 >= Self.lookInterval }) ?? true {
                        countedAt = now
                        try await countMoney()
                    }
                } catch let fault as StoreFault where fault.kind == .closed {
                    return
                } catch {
                    tools.log.error(
                        "Destinations could not be read.", service: "uploads", because: error)
                }
                await bell.wait(atMost: Self.lookInterval, by: tools.ticks)
            }
        }
    }

    private func destinations() async throws -> [Place] {
        let now = tools.clock.now()
        return try await tools.store.read { transaction in
            try transaction.all(Self.places, .timestamp(now)) { row in
                Place(
                    organization: row.integer(0), destination: row.integer(1),
                    version: row.integer(2), isWoken: row.flag(3))
            }
        }
    }

    private func countMoney() async throws {
        let verdicts = tools.verdicts
        tools.metrics.set(try await tools.store.read { try WaitingUploads.all(verdicts, in: $0) })
    }

    /// A destination, and whether something is due or was asked to be looked at.
    private struct Place {
        let organization: Int64
        let destination: Int64
        let version: Int64
        let isWoken: Bool
    }

    private static let places = SQL(
        """
        SELECT d.organization, d.number, d.version,
            CASE WHEN EXISTS (SELECT 1 FROM upload u WHERE u.organization = d.organization
                AND u.destination = d.number AND u.state = 'due')
            OR EXISTS (SELECT 1 FROM upload u WHERE u.organization = d.organization
                AND u.destination = d.number AND u.state = 'held' AND u.look_at_us <= $1)
            THEN 1 ELSE 0 END
        FROM destination d WHERE d.removed_at_us IS NULL ORDER BY d.number LIMIT 100000
        """)
}
