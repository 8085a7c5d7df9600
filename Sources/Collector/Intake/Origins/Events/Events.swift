import ConveyProtocol
import HTTP

/// `/v1/events`: one event, an array of events, or one a line.
extension Intake {
    var eventRoutes: [Route] {
        [
            committing("/v1/events", bodyBytesMax: settings.bodyBytesMax) { [self] in
                takeEvents($0, $1)
            },
            Route(
                .options, "/v1/events", handler: .direct { [self] in $1.send(preflight($0)) }),
        ]
    }

    private func takeEvents(_ request: Request, _ answer: Answer) {
        take(request, answer) { () throws(IntakeRefusal) in
            try read(request)
        } answering: { outcomes in
            EventAnswer(
                outcomes: outcomes, requestID: request.id,
                isMinimal: request.headers.equals("prefer", "return=minimal"))
        }
    }

    private func read(_ request: Request) throws(IntakeRefusal) -> Reception {
        var reader = try EventReader(request, admission())
        let body = try decodedBody(of: request)
        try benches.use { bench throws(IntakeRefusal) in try reader.read(body, on: bench) }
        return reader.reception
    }
}
