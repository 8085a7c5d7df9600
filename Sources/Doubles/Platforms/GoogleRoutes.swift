internal import Crypto
internal import Daemon
internal import HTTP
internal import JSON
internal import Time

/// Answers as Google does: the token endpoint, `events:ingest` and `requestStatus:retrieve`.
struct GoogleRoutes: Sendable {
    /// 2,000 events with everything that an event can have.
    static let bodyBytesMax = 16_777_216

    let state: DoubleState
    let desk: TokenDesk
    let tools: GoogleDouble.Tools
    let late = RequestTasks(limit: 10_000)

    var routes: [Route] {
        let limits = Route.Limits(
            bodyBytesMax: Self.bodyBytesMax, answerWithin: .seconds(600))
        return [
            Route(
                .post, "/token",
                handler: .direct { request, answer in serve(.token, request, answer) }),
            Route(
                .post, "/v1/events:ingest", limits: limits,
                handler: .direct { request, answer in serve(.ingest, request, answer) }),
            Route(
                .get, "/v1/requestStatus:retrieve", limits: limits,
                handler: .direct { request, answer in serve(.status, request, answer) }),
        ]
    }

    /// Draws a fault, then answers with it or in spite of it.
    private func serve(_ endpoint: DoubleEndpoint, _ request: Request, _ answer: Answer) {
        let (fault, behaviour) = state.begin(endpoint)
        let visit = Visit(endpoint: endpoint, request: request, behaviour: behaviour)
        switch fault {
        case nil: answer.send(respond(to: visit))
        case .throttled: answer.send(refusal(endpoint, .throttled))
        case .internal: answer.send(refusal(endpoint, .internal))
        case .unavailable: answer.send(refusal(endpoint, .unavailable))
        case .unauthorized: answer.send(refusal(endpoint, .unauthenticated))
        case .reset: answer.abandon()
        case .slow: send(respond(to: visit), to: answer, after: behaviour.slowMs)
        case .answeredButLost:
            _ = respond(to: visit)
            answer.abandon()
        case .lostBeforeCommit:
            _ = respond(to: visit, commits: false)
            answer.abandon()
        case .garbled:
            _ = respond(to: visit)
            answer.send(Response(200, body: Array(#"{"requestId":"cut"#.utf8)))
        case .failedAfterCommit:
            _ = respond(to: visit)
            answer.send(refusal(endpoint, .internal))
        }
    }

    private struct Visit {
        let endpoint: DoubleEndpoint
        let request: Request
        let behaviour: DoubleBehaviour
    }

    private func send(_ response: Response, to answer: Answer, after milliseconds: Int) {
        let isStarted = late.start { [tools] in
            do {
                try await tools.ticks.sleep(for: .milliseconds(milliseconds))
                answer.send(response)
            } catch {
                answer.abandon()
            }
        }
        if !isStarted { answer.send(GoogleError.unavailable.response) }
    }

    private func refusal(_ endpoint: DoubleEndpoint, _ error: GoogleError) -> Response {
        guard endpoint == .token else { return error.response }
        let response = TokenDesk.refusal(error.http, error.http == 401 ? "invalid_client" : "error")
        return error.retryAfterSeconds.map { response.with("Retry-After", "\($0)") } ?? response
    }

    private func respond(to visit: Visit, commits: Bool = true) -> Response {
        let now = tools.clock.now()
        if visit.endpoint == .token { return desk.answer(visit.request, visit.behaviour, at: now) }
        do throws(GoogleRefusal) {
            guard desk.admits(visit.request, visit.behaviour, at: now)
            else { throw GoogleRefusal(.unauthenticated) }
            guard state.isWithinQuota(at: now) else { throw GoogleRefusal(.throttled) }
            return visit.endpoint == .ingest
                ? try ingest(visit, at: now, commits: commits) : try status(visit, at: now)
        } catch {
            var refusal = error.error
            refusal.requestID = "\(visit.request.id)"
            let reason = refusal.violations.first?.reason ?? refusal.reason
            state.count("refused.\(reason ?? "FORM")")
            return refusal.response
        }
    }

    // MARK: events:ingest

    private func ingest(
        _ visit: Visit, at now: Timestamp, commits: Bool
    ) throws(GoogleRefusal) -> Response {
        let request = try read(visit.request.body)
        for destination in request.destinations {
            if let reason = visit.behaviour.actions[destination.conversionAction] {
                throw GoogleRefusal(.configured(reason))
            }
        }
        let check = EventCheck(request, at: now)
        guard check.violations.isEmpty else {
            throw GoogleRefusal(
                .content(check.violations, namesFields: visit.behaviour.fieldIndices))
        }
        let id = tools.random.token(bytes: 16)
        if request.validateOnly {
            state.count("validated")
        } else if commits {
            try commit(request, as: id, visit.behaviour, at: now)
        }
        return .json(200, Array(#"{"requestId":"\#(id)"}"#.utf8))
    }

    private func read(_ body: [UInt8]) throws(GoogleRefusal) -> IngestRequest {
        var parser = JSONParser(bytesMax: Self.bodyBytesMax)
        let malformed = { (_: JSONError) in
            GoogleRefusal(.form([Violation(field: "", description: "Not JSON.")]))
        }
        return try parser.parse(body.span, orThrow: malformed) { root throws(GoogleRefusal) in
            var check = WireCheck(DataManagerSchema.parsed)
            check.message(root, DataManagerSchema.root, at: "")
            guard check.violations.isEmpty else { throw GoogleRefusal(.form(check.violations)) }
            return IngestRequest(root)
        }
    }

    private func commit(
        _ request: IngestRequest, as id: String, _ behaviour: DoubleBehaviour, at now: Timestamp
    ) throws(GoogleRefusal) {
        let entries = EventJudge(behaviour: behaviour, now: now).entries(request)
        let parts = request.destinations.map { destination in
            ConversionRecord.Part(
                account: destination.operatingAccount, action: destination.conversionAction,
                records: entries.count {
                    $0.key.account == destination.operatingAccount
                        && $0.key.action == destination.conversionAction
                })
        }
        let record = ConversionRecord.Request(
            id: id, at: now, decidedAt: now + .milliseconds(behaviour.verdictDelayMs), parts: parts)
        do throws(SystemFault) {
            guard try state.commit(record, entries) else { throw full }
        } catch {
            throw GoogleRefusal(.unavailable)
        }
    }

    /// The record is at its limit: nothing more is promised.
    private var full: SystemFault { SystemFault("hold more conversions", code: 28) }

    // MARK: requestStatus:retrieve

    private func status(_ visit: Visit, at now: Timestamp) throws(GoogleRefusal) -> Response {
        guard let id = visit.request.query["requestId"], let request = state.request(id) else {
            throw GoogleRefusal(.configured("INVALID_REQUEST_ID"))
        }
        let writer = StatusWriter(
            isDecided: now >= request.decidedAt, namesRecords: visit.behaviour.recordIndices)
        return .json(200, writer.json(request))
    }
}

/// Carries an error answer to the one place that writes it.
struct GoogleRefusal: Error {
    let error: GoogleError
    init(_ error: GoogleError) { self.error = error }
}
