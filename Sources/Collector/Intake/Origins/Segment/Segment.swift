import ConveyProtocol
import HTTP

/// Segment's HTTP tracking API, so that its clients, and those that speak like them, work by changing
/// their host.
/// - Source: Segment's "HTTP API Source"; the short paths are those of its browser library.
extension Intake {
    var segmentRoutes: [Route] {
        Segment.paths.flatMap { path, call in
            [
                committing(path, bodyBytesMax: settings.bodyBytesMax) { [self] in
                    takeSegment($0, call, $1)
                },
                Route(.options, path, handler: .direct { [self] in $1.send(preflight($0)) }),
            ]
        }
    }

    private func takeSegment(_ request: Request, _ call: SegmentCall?, _ answer: Answer) {
        take(request, answer) { () throws(IntakeRefusal) in
            try read(request, call)
        } answering: { outcomes in
            EventAnswer(outcomes: outcomes, requestID: request.id, form: .segment)
        }
    }

    private func read(
        _ request: Request, _ call: SegmentCall?
    ) throws(IntakeRefusal) -> Reception {
        var reader = try SegmentReader(request, call, admission())
        let body = try decodedBody(of: request)
        try benches.use { bench throws(IntakeRefusal) in try reader.read(body, on: bench) }
        return reader.reception
    }
}

enum Segment {
    /// Path → call; nil is a batch, whose messages name their calls.
    static let paths: [(path: String, call: SegmentCall?)] = [
        ("/v1/track", .track), ("/v1/t", .track), ("/v1/page", .page), ("/v1/p", .page),
        ("/v1/screen", .screen), ("/v1/s", .screen), ("/v1/identify", .identify),
        ("/v1/i", .identify), ("/v1/group", .group), ("/v1/g", .group), ("/v1/alias", .alias),
        ("/v1/a", .alias), ("/v1/batch", nil), ("/v1/b", nil), ("/v1/import", nil),
    ]
}
