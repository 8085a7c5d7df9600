import Daemon
import TestSupport
import Testing
import Time

@testable import Destinations

/// Goal: destinations are run as they appear, and a ring is enough to send. Method: the service on a
/// clock that nobody moves: only rings wake it.
@Suite struct UploadServiceTests {
    @Test(.timeLimit(.minutes(5)), arguments: Backend.all)
    func runsADestinationThatAppearsAndHearsTheBell(_ backend: Backend) async throws {
        let bench = try await Bench(backend)
        let service = UploadService(bench.tools, bell: bench.bell)
        let running = Task { try await service.run() }
        try await bench.destination()
        try await bench.wish(Sample.wish(1))
        bench.bell.ring()
        await bench.platform.received(1)
        try await bench.wish(Sample.wish(2))
        bench.bell.ring()
        await bench.platform.received(2)
        running.cancel()
        try await running.value
        #expect(bench.platform.batches.flatMap(\.uploads).count == 2)
    }

    @Test(.timeLimit(.minutes(5)), arguments: Backend.all) func endsWithItsDestination(
        _ backend: Backend
    ) async throws {
        let bench = try await Bench(backend)
        try await bench.destination()
        let runner = try await bench.runner()
        try await bench.write { tenant, now in
            let table = DestinationTable(tenant, at: now)
            try table.remove(try table.named("Google"))
        }
        await runner.run()
        #expect(bench.platform.batches.isEmpty)
    }
}
