import Destinations
import Store

extension Part {
    /// Conversions through the queue to a platform in memory that answers after 20 ms.
    static let uploads = Part(
        name: "uploads",
        sentence: "Conversions through the upload queue until a platform took them."
    ) { bench in
        var result = PartResult("uploads", "Uploads", bench)
        result.tables = [try await steadyTable(bench), try await backlogTable(bench)]
        return result
    }

    private static func steadyTable(_ bench: Bench) async throws -> PartResult.Table {
        var table = PartResult.Table(
            title: "Due to accepted, less the platform's own time (20 ms)",
            columns: ["load", "conversions", "requests", "p50, ms", "p99, ms", "most, ms"])
        table.rows.append(
            try await steady("1,000 a second", ["alive": .milliseconds(20)], bench))
        table.rows.append(
            try await steady(
                "1,000 a second, beside a destination that never answers",
                ["alive": .milliseconds(20), "dead": .seconds(3600)], bench))
        table.notes = [
            """
            Ten conversions a commit, SQLite on disk, within Google's limit of requests: after a \
            minute's reserve of 60 requests there are four a second.
            """
        ]
        return table
    }

    private static func steady(
        _ load: String, _ latencies: [String: Duration], _ bench: Bench
    ) async throws -> [String] {
        let folder = try bench.freshFolder("uploads")
        defer { bench.remove(folder) }
        let stream = try await UploadStream(path: "\(folder)/uploads.db", latencies: latencies)
        let count = Int(bench.isQuick ? 20_000 : 60_000)
        let clock = ContinuousClock()
        let service = UploadService(stream.tools, bell: stream.bell)
        let platform = try platform("alive", of: stream)
        let dueAt = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            var dueAt: [Int: ContinuousClock.Instant] = [:]
            var next = clock.now
            for first in stride(from: 0, to: count, by: UploadStream.wishesPerCommit) {
                try await clock.sleep(until: next)
                next = next.advanced(by: .milliseconds(UploadStream.wishesPerCommit))
                let conversions = first..<(first + UploadStream.wishesPerCommit)
                try await stream.wish(conversions)
                for conversion in conversions { dueAt[conversion] = clock.now }
            }
            try await arrival(of: count, at: platform)
            group.cancelAll()
            return dueAt
        }
        let answers = platform.answers
        let waits = dueAt.compactMap { conversion, due in
            answers[stream.transactionID(conversion)].map {
                max(0, (($0 - due) - platform.latency) / .milliseconds(1))
            }
        }.sorted()
        guard let most = waits.last else { throw BenchFault("nothing was sent") }
        await stream.store.close()
        return [
            load, "\(waits.count)", "\(platform.requests)", Numbers.text(waits[waits.count / 2]),
            Numbers.text(waits[waits.count * 99 / 100]), Numbers.text(most),
        ]
    }

    private static func backlogTable(_ bench: Bench) async throws -> PartResult.Table {
        var table = PartResult.Table(
            title: "A backlog", columns: ["", "conversions", "a second"])
        let folder = try bench.freshFolder("uploads")
        defer { bench.remove(folder) }
        let stream = try await UploadStream(
            path: "\(folder)/uploads.db", latencies: ["alive": .milliseconds(20)])
        let count = bench.isQuick ? 40_000 : 100_000
        let clock = ContinuousClock()
        let filled = try await clock.measure {
            for first in stride(from: 0, to: count, by: 500) {
                try await stream.wish(first..<(first + 500))
            }
        }
        let platform = try platform("alive", of: stream)
        let service = UploadService(stream.tools, bell: stream.bell)
        let sent = try await clock.measure {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                try await arrival(of: count, at: platform)
                group.cancelAll()
            }
        }
        await stream.store.close()
        table.rows = [
            [
                "into the queue, 500 a commit", "\(count)",
                Numbers.text(Double(count) / (filled / .seconds(1))),
            ],
            [
                "from due to accepted", "\(count)",
                Numbers.text(Double(count) / (sent / .seconds(1))),
            ],
        ]
        return table
    }

    private static func platform(
        _ name: String, of stream: UploadStream
    ) throws -> InstantPlatform {
        guard let platform = stream.platforms[name] else { throw BenchFault("no such platform") }
        return platform
    }

    /// Waits until a platform has answered for so many conversions.
    private static func arrival(of count: Int, at platform: InstantPlatform) async throws {
        while platform.answers.count < count {
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }
}
