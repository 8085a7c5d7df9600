import Daemon
import Pipeline
import Sites
import Store

/// Sees to it that what another process changes is in force here, too: at once where it is heard of, and
/// within two seconds where it is not, since what is remembered grows old (`StoredDirectory`), services
/// look at their tables, and the signing key is looked at here.
struct SettingsWatch: Service {
    let name = "settings"

    private let installation: Installation
    private let directory: StoredDirectory
    private let bells: Bells
    private let log: Log
    private let ticks: any Clock<Duration>
    /// How often the signing key is looked at.
    private static let interval: Duration = .seconds(1)

    init(
        _ installation: Installation, _ directory: StoredDirectory, _ bells: Bells, _ log: Log,
        ticks: any Clock<Duration> = ContinuousClock()
    ) {
        (self.installation, self.directory) = (installation, directory)
        (self.bells, self.log, self.ticks) = (bells, log, ticks)
    }

    func run() async throws {
        let bell = Bell()
        await withDiscardingTaskGroup { group in
            group.addTask {
                await installation.store.listen(to: [.settings]) { _ in
                    directory.forget()
                    bells.pipeline.ring()
                    bells.uploads.ring()
                    bell.ring()
                }
            }
            while !Task.isCancelled {
                await bell.wait(atMost: Self.interval, by: ticks)
                await refresh()
            }
        }
    }

    /// A database that is away is told of by those who need it more.
    private func refresh() async {
        guard installation.store.kind == .postgres, !Task.isCancelled else { return }
        do {
            if try await installation.refreshKeyring() {
                log.notice("Answers are signed with another key from now on.")
            }
        } catch {
            log.debug("The signing key could not be looked at.")
        }
    }
}
