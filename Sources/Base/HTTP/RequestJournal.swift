package import Daemon
import Synchronization

/// Writes access lines: one a request, of our own words only, as far as the operator wants them. What
/// one client is refused again and again leaves one line in 30 s, with a count.
package final class RequestJournal: Sendable {
    private let log: Log
    private let storageCodes: Set<String>
    private let client: @Sendable (Request) -> IPAddress?
    private let chosen: Mutex<RequestLines?>

    /// - Parameters:
    ///   - chosen: for all endpoints; nil leaves each as it is meant.
    ///   - storageCodes: answers' codes that speak of the database or its disk.
    ///   - client: whose requests count together; it is never written.
    package init(
        _ chosen: RequestLines?, to log: Log, storageCodes: Set<String> = [],
        client: @escaping @Sendable (Request) -> IPAddress?
    ) {
        self.chosen = Mutex(chosen)
        (self.log, self.storageCodes, self.client) = (log, storageCodes, client)
    }

    /// Takes another choice from now on.
    package func use(_ lines: RequestLines?) { chosen.withLock { $0 = lines } }

    fileprivate func lines(usually: RequestLines) -> RequestLines {
        chosen.withLock { $0 } ?? usually
    }

    fileprivate func write(
        _ response: Response, to request: Request, at endpoint: String,
        since started: ContinuousClock.Instant
    ) {
        var fields: [(LogField, any LogValue)] = [(.request, request.id.description)]
        if let trace = request.trace { fields.append((.trace, trace.traceID)) }
        if let store = request.notes?.store { fields.append((.store, store)) }
        fields.append((.endpoint, endpoint))
        // As text, the status tells lines apart.
        fields.append((.status, response.status.description))
        if let category = category(response) { fields.append((.category, category)) }
        if response.status >= 400, let code = response.code { fields.append((.code, code)) }
        fields.append((.elapsed, ContinuousClock.now - started))
        guard response.status >= 400 else {
            return log.access("A request was answered.", fields)
        }
        log.refusal("A request was refused.", fields, of: client(request).hashValue)
    }

    /// Whose business a refusal is.
    private func category(_ response: Response) -> String? {
        switch response.status {
        case ..<400: nil
        case 429: "rate_limit"
        case ..<500: "validation"
        case 507: "database"
        default: response.code.map(storageCodes.contains) == true ? "database" : "system"
        }
    }
}

/// What is found out about a request on its way, for its line in the log; from any thread.
package final class RequestNotes: Sendable {
    private let found = Mutex<String?>(nil)

    /// The canonical name of the store that the request is for, as our settings spell it.
    package var store: String? {
        get { found.withLock { $0 } }
        set { found.withLock { $0 = newValue } }
    }
}

extension Route {
    /// The same route with lines in the journal. A request whose time is over leaves none.
    /// - Parameter usually: what leaves a line while nobody has chosen otherwise.
    package func logged(by journal: RequestJournal, usually: RequestLines = .refused) -> Route {
        let logged: Handler =
            switch handler {
            case .direct(let handle):
                .direct { [path] request, answer in
                    let lines = journal.lines(usually: usually)
                    if lines == .off { return handle(request, answer) }
                    let (request, started) = (request.noted, ContinuousClock.now)
                    handle(
                        request,
                        Answer { response in
                            answer.send(response)
                            guard lines.wants(response) else { return }
                            journal.write(response, to: request, at: path, since: started)
                        })
                }
            case .concurrent(let handle):
                .concurrent { [path] request in
                    let (request, started) = (request.noted, ContinuousClock.now)
                    let response = await handle(request)
                    if journal.lines(usually: usually).wants(response) {
                        journal.write(response, to: request, at: path, since: started)
                    }
                    return response
                }
            }
        var route = self
        route.handler = logged
        return route
    }
}

extension Request {
    fileprivate var noted: Request {
        var copy = self
        copy.notes = RequestNotes()
        return copy
    }
}

extension LogField {
    /// The route's pattern.
    fileprivate static let endpoint = LogField("endpoint")
    /// The answer's status.
    fileprivate static let status = LogField("status")
    /// `validation`, `database`, `rate_limit` or `system`.
    fileprivate static let category = LogField("category")
    /// The store's canonical name.
    fileprivate static let store = LogField("store")
    /// From the whole request to its answer.
    fileprivate static let elapsed = LogField("elapsed_ms")
}
