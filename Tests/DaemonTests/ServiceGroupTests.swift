import Daemon
import Synchronization
import TestSupport
import Testing

/// Goal: a daemon starts all its services, stops them in order, and ends even when one does not.
/// Method: services that note what they do, signals sent by hand, a deadline far off or at once.
@Suite struct ServiceGroupTests {
    private let notes = Notes()
    private let lines = Lines()
    private var log: Log { Log(level: .notice, format: .text) { [lines] in lines.add($0) } }

    /// Runs until cancelled.
    private func patient(_ name: String) -> ClosureService {
        ClosureService(name) { [notes] in
            notes.add("\(name) started")
            await untilCancelled()
            notes.add("\(name) stopped")
        }
    }

    @Test func stopsTheLastServiceFirst() async {
        let (signals, door) = AsyncStream<DaemonSignal>.makeStream()
        let group = ServiceGroup(
            [patient("buffer"), patient("delivery"), patient("http")], clock: ManualClock(),
            log: log)
        async let outcome = group.run(signals: signals)
        await notes.wait(for: 3)
        door.yield(.stop)
        #expect(await outcome == .stopped)
        #expect(await outcome.exitStatus == 0)
        #expect(notes.all.suffix(3) == ["http stopped", "delivery stopped", "buffer stopped"])
    }

    @Test func aServiceThatFailsStopsTheOthers() async {
        let failing = ClosureService("ears") { throw SystemFault("listen", code: 98) }
        let group = ServiceGroup([patient("buffer"), failing], clock: ManualClock(), log: log)
        let (signals, _) = AsyncStream<DaemonSignal>.makeStream()
        #expect(await group.run(signals: signals) == .failed(service: "ears"))
        #expect(lines.all.contains { $0.contains("the address is in use") })
    }

    @Test func aServiceThatEndsByItselfStopsTheOthers() async {
        let group = ServiceGroup(
            [patient("buffer"), ClosureService("ears") {}], clock: ManualClock(), log: log)
        let (signals, _) = AsyncStream<DaemonSignal>.makeStream()
        #expect(await group.run(signals: signals) == .failed(service: "ears"))
        #expect(lines.all.contains { $0.contains("A service ended by itself.") })
    }

    @Test func givesUpAtTheDeadline() async {
        let (signals, door) = AsyncStream<DaemonSignal>.makeStream()
        let release = Gate()
        let stubborn = ClosureService("stubborn") { await release.wait() }
        let group = ServiceGroup([stubborn], stopWithin: .zero, log: log)
        door.yield(.stop)
        #expect(await group.run(signals: signals) == .abandoned(services: ["stubborn"]))
        release.open()
    }

    @Test func givesUpAtASecondRequest() async {
        let (signals, door) = AsyncStream<DaemonSignal>.makeStream()
        let release = Gate()
        let stubborn = ClosureService("stubborn") { await release.wait() }
        let group = ServiceGroup([stubborn], stopWithin: .seconds(3600), log: log)
        door.yield(.stop)
        door.yield(.stop)
        #expect(await group.run(signals: signals) == .abandoned(services: ["stubborn"]))
        release.open()
    }

    @Test func reloadsAndChangesTheLogLevel() async {
        let (signals, door) = AsyncStream<DaemonSignal>.makeStream()
        let log = log
        let group = ServiceGroup([patient("buffer")], clock: ManualClock(), log: log) { [notes] in
            notes.add("reloaded")
        }
        async let outcome = group.run(signals: signals)
        for signal in [DaemonSignal.logMore, .logMore, .logMore, .logLess, .reload] {
            door.yield(signal)
        }
        await notes.wait(for: 2)
        #expect(log.level == .notice)
        door.yield(.stop)
        #expect(await outcome == .stopped)
    }

    @Test func startsNoMoreTasksThanItsLimit() async {
        let tasks = RequestTasks(limit: 2)
        let release = Gate()
        #expect(tasks.start { await release.wait() })
        #expect(tasks.start { await release.wait() })
        #expect(!tasks.start {})
        release.open()
        await tasks.stop()
        #expect(tasks.running == 0)
        #expect(!tasks.start {})
    }

    @Test func stoppingCancelsTasksWhenTheStopperIsCancelled() async {
        let tasks = RequestTasks(limit: 1)
        #expect(tasks.start { await untilCancelled() })
        let stopper = Task { await tasks.stop() }
        stopper.cancel()
        await stopper.value
        #expect(tasks.running == 0)
    }
}

/// A door that stays open once opened.
final class Gate: Sendable {
    private let pair = AsyncStream<Never>.makeStream()
    func open() { pair.continuation.finish() }
    func wait() async {
        let stream = pair.stream
        await Task { for await _ in stream {} }.value
    }
}

/// Notes of several tasks, and waiting for a number of them.
final class Notes: Sendable {
    private let notes = Mutex<[String]>([])
    private let pair = AsyncStream<Void>.makeStream()
    var all: [String] { notes.withLock { $0 } }
    func add(_ note: String) {
        notes.withLock { $0.append(note) }
        pair.continuation.yield()
    }
    func wait(for count: Int) async {
        var seen = all.count
        for await _ in pair.stream {
            seen = all.count
            if seen >= count { return }
        }
    }
}
