private import Daemon

/// How a connection understands what it reads.
extension Connection {
    /// Understands as much of the bytes as it can; stops where a handler has the request.
    /// - Returns: how many bytes need not be kept.
    func consume(_ bytes: Span<UInt8>) -> Int {
        isConsuming = true
        defer { isConsuming = false }
        var offset = 0
        do throws(HeadRefusal) {
            while true {
                let rest = bytes.extracting(offset..<bytes.count)
                switch phase {
                case .idle:
                    offset += beginRequest(rest)
                    guard case .head = phase else { return offset }
                case .head:
                    guard let end = try scanner.end(in: rest, bytesMax: settings.headBytesMax)
                    else { return offset }
                    let head = try RequestHead(
                        rest.extracting(0..<end), fieldsMax: settings.fieldsMax)
                    offset += end
                    open(head, hasMore: offset < bytes.count)
                case .body(var request):
                    // Taken out of the phase, so that the body grows in place.
                    phase = .head
                    offset += try readBody(&request, rest)
                    guard case .body = phase else { continue }
                    return offset
                case .handshaking, .waiting, .sending, .lingering, .closed: return offset
                }
            }
        } catch {
            loop.shared.counters.headRefused()
            let problem = Problem(
                error.status, "malformed_request", "The request is malformed.",
                detail: error.sentence)
            refuse(problem)
            return bytes.count
        }
    }

    /// Understands what had to wait.
    func consumePending() {
        var bytes: [UInt8] = []
        swap(&bytes, &pending)
        countPending()
        let used = consume(bytes.span)
        guard used < bytes.count, !isClosed else { return }
        bytes.removeFirst(used)
        pending = bytes
    }

    /// Skips the empty line that old clients send behind a body (RFC 9112, section 2.2) and starts
    /// the request's time.
    private func beginRequest(_ bytes: Span<UInt8>) -> Int {
        var skipped = 0
        if bytes.count >= 2, bytes[0] == ASCII.carriageReturn, bytes[1] == ASCII.lineFeed {
            skipped = 2
        }
        guard skipped < bytes.count else { return skipped }
        phase = .head
        scanner = HeadScanner()
        deadline = MonotonicTime.now() + settings.requestWithin
        return skipped
    }

    /// Decides by the head alone whether the body is wanted.
    private func open(_ head: RequestHead, hasMore: Bool) {
        closesAfterAnswer = !head.keepsAlive || loop.isDraining || isOld(MonotonicTime.now())
        let id = loop.makeRequestID()
        let hasBody = head.framing != .length(0)
        switch loop.shared.router.match(head.target.method, head.target.path) {
        case .found(let route, let parameters):
            if case .length(let length) = head.framing, length > route.limits.bodyBytesMax {
                return answerEarly(Self.tooLarge, head, id, hasBody: true, by: route)
            }
            guard countRequest(head.headers.storedBytes) else {
                return answerEarly(Self.tooBusy, head, id, hasBody: hasBody, by: route)
            }
            if head.expectsContinue, hasBody, !hasMore { sendContinue() }
            var request = OpenRequest(head: head, id: id, route: route, parameters: parameters)
            if case .length(let length) = head.framing {
                request.body.reserveCapacity(min(length, 65_536))
            }
            if !isClosed { phase = .body(request) }
        case .unknownPath:
            let problem = Problem(404, "not_found", "There is nothing at this path.")
            answerEarly(problem, head, id, hasBody: hasBody)
        case .otherMethods(let allow):
            answerOtherMethod(head, id, allow: allow, hasBody: hasBody)
        }
    }

    private static let tooLarge = Problem(
        413, "body_too_large", "The request's body is larger than this path takes.")

    private func answerOtherMethod(
        _ head: RequestHead, _ id: RequestID, allow: String, hasBody: Bool
    ) {
        let problem = Problem(405, "method_not_allowed", "This path does not know the method.")
        let response =
            head.target.method == .options
            ? Response(204) : .problem(problem, requestID: id)
        answerEarly(response.with("Allow", allow), head, id, hasBody: hasBody)
    }

    private func answerEarly(
        _ problem: Problem, _ head: RequestHead, _ id: RequestID, hasBody: Bool,
        by route: Route? = nil
    ) {
        var response = route?.refusalForm(problem, id) ?? .problem(problem, requestID: id)
        if problem.status == 503 {
            loop.shared.counters.requestShed()
            response.headers.add("Retry-After", "1")
        }
        answerEarly(response, head, id, hasBody: hasBody)
    }

    /// Answers before the body was read. Where there is one, the connection cannot be used again.
    private func answerEarly(
        _ response: Response, _ head: RequestHead, _ id: RequestID, hasBody: Bool
    ) {
        if hasBody {
            closesAfterAnswer = true
            lingersAfterAnswer = true
        }
        respond(
            response, id: id, isHead: head.target.method == .head, isVersion11: head.isVersion11)
    }

    /// Reads on in a body; leaves the phase as it is to be afterwards.
    private func readBody(
        _ request: inout OpenRequest, _ bytes: Span<UInt8>
    ) throws(HeadRefusal) -> Int {
        let before = request.body.count
        let limit = request.route.limits.bodyBytesMax
        let used: Int?
        let isDone: Bool
        switch request.head.framing {
        case .length(let length):
            let count = min(length - before, bytes.count)
            bytes.extracting(0..<count).append(to: &request.body)
            used = count
            isDone = before + count == length
        case .chunked:
            used = try request.chunks.read(bytes, into: &request.body, bytesMax: limit)
            isDone = request.chunks.isDone
        }
        guard let used else {
            answerEarly(
                Self.tooLarge, request.head, request.id, hasBody: true, by: request.route)
            return bytes.count
        }
        guard countRequest(request.head.headers.storedBytes + request.body.count) else {
            answerEarly(
                Self.tooBusy, request.head, request.id, hasBody: true, by: request.route)
            return bytes.count
        }
        if isDone { complete(request) } else { phase = .body(request) }
        return used
    }

    /// Gives the request to its handler.
    private func complete(_ open: OpenRequest) {
        loop.shared.counters.requestCompleted()
        var request = Request(
            head: open.head.target, headers: open.head.headers, body: open.body,
            arrival: Request.Arrival(peer: peer, isTLS: tls != nil, requestID: open.id))
        request.pathParameters = open.parameters
        let answer = Answer(receiver: self)
        phase = .waiting(
            HeldRequest(
                answer: answer, id: open.id, isHead: open.head.target.method == .head,
                isVersion11: open.head.isVersion11, refusalForm: open.route.refusalForm))
        deadline = MonotonicTime.now() + open.route.limits.answerWithin
        switch open.route.handler {
        case .direct(let handle): handle(request, answer)
        case .concurrent(let handle):
            let hasStarted = loop.shared.tasks.start { [request] in
                answer.send(await handle(request))
            }
            if !hasStarted {
                loop.shared.counters.requestShed()
                answer.send(
                    open.route.refusalForm(Self.tooBusy, open.id).with("Retry-After", "1"))
            }
        }
    }
}
