package import Daemon

/// Which requests leave a line in the log.
package enum RequestLines: String, CaseIterable, Sendable {
    /// Every one.
    case all
    /// Those answered with 400 or above; alike ones once in 30 s, with a count.
    case refused
    case off
}

extension Route {
    /// The same route with a line in the log when it is answered: endpoint, status, milliseconds and
    /// request id, never anything that the client sent. A request whose time is over leaves none.
    package func logged(_ lines: RequestLines, to log: Log) -> Route {
        guard lines != .off else { return self }
        let line = AnswerLine(endpoint: path, lines: lines, log: log)
        let logged: Handler =
            switch handler {
            case .direct(let handle):
                .direct { request, answer in
                    let started = ContinuousClock.now
                    handle(
                        request,
                        Answer { response in
                            answer.send(response)
                            line.write(response.status, request.id, since: started)
                        })
                }
            case .concurrent(let handle):
                .concurrent { request in
                    let started = ContinuousClock.now
                    let response = await handle(request)
                    line.write(response.status, request.id, since: started)
                    return response
                }
            }
        var route = self
        route.handler = logged
        return route
    }
}

/// Writes the line of one endpoint.
private struct AnswerLine: Sendable {
    let endpoint: String
    let lines: RequestLines
    let log: Log

    func write(_ status: Int, _ id: RequestID, since started: ContinuousClock.Instant) {
        guard lines == .all || status >= 400 else { return }
        // As text, the status tells lines apart.
        let fields: LogFields = [
            .endpoint: endpoint, .status: status.description,
            .elapsed: ContinuousClock.now - started,
            .request: id.description,
        ]
        if lines == .all {
            log.access("A request was answered.", fields)
        } else {
            log.notice("A request was refused.", fields)
        }
    }
}

extension LogField {
    /// The route's pattern.
    fileprivate static let endpoint = LogField("endpoint")
    /// The answer's status.
    fileprivate static let status = LogField("status")
    /// From the whole request to its answer.
    fileprivate static let elapsed = LogField("elapsed_ms")
}
