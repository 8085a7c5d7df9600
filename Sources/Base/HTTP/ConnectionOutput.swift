/// How a connection answers.
extension Connection {
    /// Takes an answer from any thread to the loop's.
    func receive(_ response: Response, for answer: Answer) {
        if loop.isCurrent {
            deliver(response, for: answer)
        } else {
            loop.post(.respond(self, response, answer))
        }
    }

    /// Takes the news to the loop's thread; also from that thread, where a request may be half read.
    func abandon(_ answer: Answer) { loop.post(.abandon(self, answer)) }

    /// Closes the connection if the answer's request is still the one that waits here.
    func closeUnanswered(_ answer: Answer) {
        guard case .waiting(let held) = phase, held.answer === answer else { return }
        close()
    }

    /// Writes the answer if its request is still the one that waits here.
    func deliver(_ response: Response, for answer: Answer) {
        guard case .waiting(let held) = phase, held.answer === answer else { return }
        deliverNow(response, held)
    }

    func deliverNow(_ response: Response, _ held: HeldRequest) {
        respond(response, id: held.id, isHead: held.isHead, isVersion11: held.isVersion11)
        if !isConsuming { proceed() }
    }

    /// Refuses what is not a request; nothing that follows it can be trusted.
    func refuse(_ problem: Problem) {
        closesAfterAnswer = true
        lingersAfterAnswer = true
        let id = loop.makeRequestID()
        var response = Response.problem(problem, requestID: id)
        if problem.status == 503 { response.headers.add("Retry-After", "1") }
        respond(response, id: id, isHead: false, isVersion11: true)
    }

    /// Writes an answer, as far as the socket takes it at once.
    func respond(_ response: Response, id: RequestID, isHead: Bool, isVersion11: Bool) {
        countRequest(0)
        loop.shared.counters.answered(response.status)
        if loop.isDraining { closesAfterAnswer = true }
        let frame = ResponseWriter.Frame(
            requestID: id, date: loop.date, closes: closesAfterAnswer, isVersion11: isVersion11,
            isHead: isHead)
        loop.output.removeAll(keepingCapacity: true)
        ResponseWriter.append(response, frame, to: &loop.output)
        if loop.output.count > 1_048_576 {
            // A large answer keeps its own bytes; the loop's array stays small.
            unsent = loop.output
            loop.output = []
            unsentStart = 0
            startSending()
        } else {
            var sent = 0
            guard write(loop.output, from: &sent) else { return }
            guard sent < loop.output.count else { return finishAnswer() }
            unsent = Array(loop.output[sent...])
            unsentStart = 0
            startSending()
        }
    }

    /// Tells the client to send its body (RFC 9110, section 10.1.1).
    func sendContinue() {
        let line = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        var sent = 0
        guard write(line, from: &sent) else { return }
        // Where a fresh connection cannot take 25 bytes, it is beyond help.
        if sent < line.count { close() }
    }

    private func startSending() {
        phase = .sending
        deadline = MonotonicTime.now() + settings.answerSentWithin
        countUnsent()
        continueSending()
    }

    /// Writes on after the socket was full.
    func continueSending() {
        guard write(unsent, from: &unsentStart) else { return }
        guard unsentStart == unsent.count else { return }
        unsent = []
        unsentStart = 0
        countUnsent()
        setWriting(false)
        finishAnswer()
        if !isConsuming { proceed() }
    }

    /// Writes from an offset on and moves it; false when the connection is gone.
    private func write(_ bytes: [UInt8], from start: inout Int) -> Bool {
        while start < bytes.count {
            let step = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
                if let tls { return unsafe tls.write(rest) }
                return unsafe Socket.write(descriptor, rest)
            }
            switch step {
            case .moved(let count): start += count
            case .blocked(let onWrite):
                setWriting(onWrite)
                if !onWrite { setReading(true) }
                return true
            case .ended, .failed:
                phase = .sending
                close()
                return false
            }
        }
        return true
    }

    /// The answer is out: on to the next request, or to the end.
    private func finishAnswer() {
        if closesAfterAnswer {
            if lingersAfterAnswer || !pending.isEmpty { linger() } else { farewell() }
            return
        }
        phase = .idle
        deadline = MonotonicTime.now() + settings.idleWithin
    }

    private func farewell() {
        tls?.shutdown()
        close()
    }

    /// Goes on with what came while an answer was under way.
    private func proceed() {
        guard case .idle = phase else { return }
        if !pending.isEmpty {
            consumePending()
            countPending()
        }
        guard case .idle = phase else { return resumeReading() }
        if hasPeerEnded { close() } else { resumeReading() }
    }
}
