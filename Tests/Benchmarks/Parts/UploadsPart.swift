import Destinations
import Store

extension Part {
    /// Conversions through the queue to a platform that answers after 20 ms, and to `convey-doubles`.
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
            title: "Milliseconds from due to accepted, 1,000 conversions a second",
            columns: [
                "platform", "conversions", "requests", "its own time, p50", "p99",
                "all, p50", "p99", "less its own time, p50", "p99", "longest",
            ])
        let quick = InstantPlatform(latency: .milliseconds(20))
        table.rows.append(try await steady("bare: answers after 20 ms", ["alive": quick], bench))
        table.rows.append(
            try await steady(
                "the same, beside one that never answers",
                ["alive": quick, "dead": InstantPlatform(latency: .seconds(3600))], bench))
        let google = try await DoubledGoogle(bench)
        table.rows.append(
            try await steady(
                "`convey-doubles` by the Data Manager client", ["alive": google.client], bench))
        await google.end()
        table.notes = [
            """
            Ten conversions a commit, SQLite on disk, within Google's limit of requests: after a \
            minute's reserve of 60 requests there are four a second, and so up to a quarter of a second \
            is waited for the next. Its own time runs from calling the client to its answer: making, \
            sending and reading the request, and the platform's work. Aim: 500 ms less its own time.
            """
        ]
        return table
    }

    private static func steady(
        _ name: String, _ platforms: [String: any AdPlatform], _ bench: Bench
    ) async throws -> [String] {
        let folder = try bench.freshFolder("uploads")
        defer { bench.remove(folder) }
        let stream = try await UploadStream(path: "\(folder)/uploads.db", platforms: platforms)
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
        await stream.store.close()
        return row(name, dueAt, stream, platform)
    }

    private static func row(
        _ name: String, _ dueAt: [Int: ContinuousClock.Instant], _ stream: UploadStream,
        _ platform: MeasuredPlatform
    ) -> [String] {
        let answers = platform.answers
        var (own, all, rest): ([Double], [Double], [Double]) = ([], [], [])
        for (conversion, due) in dueAt {
            guard let answer = answers[stream.transactionID(conversion)] else { continue }
            own.append(answer.took / .milliseconds(1))
            all.append((answer.at - due) / .milliseconds(1))
            rest.append(max(0, (answer.at - due - answer.took) / .milliseconds(1)))
        }
        return [name, Numbers.text(all.count), Numbers.text(platform.requests)]
            + [own, all, rest].flatMap { [$0.quantile(0.5), $0.quantile(0.99)] }
            .map(Numbers.text) + [Numbers.text(rest.quantile(1))]
    }

    private static func backlogTable(_ bench: Bench) async throws -> PartResult.Table {
        var table = PartResult.Table(
            title: "A backlog", columns: ["", "conversions", "a second"])
        let folder = try bench.freshFolder("uploads")
        defer { bench.remove(folder) }
        let stream = try await UploadStream(
            path: "\(folder)/uploads.db",
            platforms: ["alive": InstantPlatform(latency: .milliseconds(20))])
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
    ) throws -> MeasuredPlatform {
        guard let platform = stream.platforms[name] else { throw BenchFault("no such platform") }
        return platform
    }

    /// Waits until a platform has answered for so many conversions.
    private static func arrival(of count: Int, at platform: MeasuredPlatform) async throws {
        while platform.count < count {
            guard platform.refusals == 0 else { throw BenchFault("the platform refused uploads") }
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }
}
