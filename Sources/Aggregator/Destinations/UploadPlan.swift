import Time

/// Decides what follows from a platform's answer. Knows no clock, database or network.
///
/// Two rules come before all others. What may have arrived is only ever sent again as it was, until
/// its fate is known. And what certainly was not processed goes back into the queue, where a newer
/// version may take its place.
struct UploadPlan: Sendable {
    /// Times an unknown answer is repeated before a batch is halved.
    static let attemptsBeforeHalving = 4
    /// Times a verdict may be lost before an upload ends as unknown.
    static let lostVerdictsMax = 20

    let verdicts: VerdictTable
    let timing: UploadTiming
    let now: Timestamp

    // MARK: An answer to a batch

    /// What follows from the answer to a request that was sent.
    /// - Parameter mayHalve: the platform answered others meanwhile: it may be this request's size.
    func after(
        _ answer: IngestAnswer, to request: OpenRequest, mayHalve: Bool = false
    ) -> Aftermath {
        switch answer {
        case .accepted(let id, let warnings):
            accepted(id, warnings, request)
        case .refused(let refusal):
            refused(refusal, request)
        case .trouble(.credential(let code, _)):
            held(.credential, code, until: now + timing.holdFor, request)
        case .trouble(.throttled(_, _, let wait)):
            backInto(request, health: .throttled(retryAfter: wait), at: now + (wait ?? .zero))
        case .trouble(.unreached(_, _, let wait)):
            backInto(request, health: .failed(retryAfter: wait), at: now + (wait ?? .zero))
        case .trouble(.uncertain(_, _, let wait)):
            uncertain(wait, request, mayHalve: mayHalve)
        }
    }

    private func accepted(
        _ id: String, _ warnings: [FieldComplaint], _ request: OpenRequest
    ) -> Aftermath {
        guard !request.isValidation else {
            var aftermath = Aftermath(.over)
            aftermath.rest = validated(nil)
            for warning in warnings {
                guard let index = warning.upload, request.members.indices.contains(index)
                else { continue }
                aftermath.outcomes[index] = validated(warning.code)
            }
            aftermath.endsHold = true
            return aftermath
        }
        var aftermath = Aftermath(.accepted(platformID: id, askAt: now + timing.ask(after: 0)))
        aftermath.endsHold = true
        return aftermath
    }

    private func validated(_ code: String?) -> Aftermath.Outcome {
        Aftermath.Outcome(fate: .held(.modeValidate), detail: code)
    }

    private func refused(_ refusal: PlatformRefusal, _ request: OpenRequest) -> Aftermath {
        let named = refusal.codesByUpload.filter { request.members.indices.contains($0.key) }
        let codes = named.isEmpty ? [refusal.code] : named.values.sorted()
        let known = codes.map(verdicts.verdict(of:))
        if let one = known.first(where: \.concernsAll) { return account(one, request) }
        var aftermath = named.isEmpty ? whole(refusal.code, request) : namedOnes(named, request)
        aftermath.unknownCodes = known.filter { !$0.isKnown }.map(\.code)
        return aftermath
    }

    /// A refusal that concerns the account: everything waits for a person, or for a time.
    private func account(_ verdict: Verdict, _ request: OpenRequest) -> Aftermath {
        let wait = verdict.kind == .holdUntil ? verdict.holdFor : nil
        return held(.configuration, verdict.code, until: now + (wait ?? timing.holdFor), request)
    }

    /// The platform named the uploads that it does not take: the others go on at once.
    private func namedOnes(_ codes: [Int: String], _ request: OpenRequest) -> Aftermath {
        var aftermath = Aftermath(.over)
        for (index, code) in codes {
            aftermath.outcomes[index] = refusedOutcome(code, request.members[index], request)
        }
        let others = request.members.indices.filter { codes[$0] == nil }
        if !others.isEmpty {
            aftermath.parts = [
                Aftermath.Part(members: others, doubt: request.doubt, sendAt: now)
            ]
        }
        return aftermath
    }

    /// The platform named none: alone, an upload bears the code; else the batch is halved.
    private func whole(_ code: String, _ request: OpenRequest) -> Aftermath {
        let verdict = verdicts.verdict(of: code)
        let tries = request.members.reduce(request.attempts) { max($0, $1.tries) }
        if verdict.kind == .retry, verdict.isKnown || tries < VerdictTable.unknownTriesMax {
            return backInto(
                request, health: .failed(retryAfter: nil), at: now + timing.retryFirst)
        }
        guard request.members.count > 1 else {
            var aftermath = Aftermath(.over)
            aftermath.outcomes[0] = refusedOutcome(code, request.members[0], request)
            return aftermath
        }
        return halved(request, doubt: request.doubt)
    }

    /// What becomes of an upload that a request was refused for. Where it was once part of a request
    /// that the platform took, it may be there all the same.
    private func refusedOutcome(
        _ code: String, _ member: OpenRequest.Member, _ request: OpenRequest
    ) -> Aftermath.Outcome {
        if request.isValidation { return validated(code) }
        let verdict = verdicts.verdict(of: code)
        if verdict.kind == .alreadyThere {
            return Aftermath.Outcome(fate: .confirmed, detail: code)
        }
        guard request.doubt != .acceptedBefore else {
            return Aftermath.Outcome(fate: .unknown(code: code), detail: code)
        }
        return Aftermath.Outcome(fate: fate(verdict, tries: member.tries), detail: code)
    }

    private func uncertain(
        _ wait: Duration?, _ request: OpenRequest, mayHalve: Bool
    ) -> Aftermath {
        let doubt = request.doubt == .none ? .answerLost : request.doubt
        if mayHalve, request.attempts + 1 >= Self.attemptsBeforeHalving, request.members.count > 1 {
            var aftermath = halved(request, doubt: doubt)
            aftermath.health = .failed(retryAfter: wait)
            return aftermath
        }
        var aftermath = Aftermath(.again(at: now + (wait ?? .zero)))
        aftermath.health = .failed(retryAfter: wait)
        aftermath.doubt = doubt
        return aftermath
    }

    // MARK: What both share

    /// What a verdict means for an upload of which nothing was processed.
    func fate(_ verdict: Verdict, tries: Int) -> UploadFate {
        switch verdict.kind {
        case .alreadyThere: return .confirmed
        case .giveUp: return .rejected(code: verdict.code)
        case .fixConfiguration:
            return .held(
                code: verdict.code, until: verdict.concernsAll ? now + timing.holdFor : nil)
        case .holdUntil:
            return .held(
                code: verdict.code, until: now + (verdict.holdFor ?? PreFlight.clickAgeMin))
        case .retry:
            guard verdict.isKnown || tries < VerdictTable.unknownTriesMax
            else { return .held(code: verdict.code, until: nil) }
            return .held(code: verdict.code, until: now + timing.retry(after: tries))
        }
    }

    /// Nothing of it was processed: its uploads go back into the queue. Where an earlier attempt may
    /// have arrived, the request stays as it is.
    private func backInto(
        _ request: OpenRequest, health: Aftermath.Health, at time: Timestamp
    ) -> Aftermath {
        var aftermath = Aftermath(request.doubt == .none ? .over : .again(at: time))
        if request.doubt == .none { aftermath.rest = Aftermath.Outcome(fate: .due) }
        aftermath.health = health
        return aftermath
    }

    private func held(
        _ code: UploadCode, _ detail: String, until: Timestamp, _ request: OpenRequest
    ) -> Aftermath {
        var aftermath = backInto(request, health: .answered, at: until)
        aftermath.hold = Aftermath.Hold(code: code, detail: detail, until: until)
        return aftermath
    }

    /// Two requests out of one, sent at once; more than one upload is in it.
    func halved(
        _ request: OpenRequest, doubt: OpenRequest.Doubt, among members: [Int]? = nil
    ) -> Aftermath {
        let members = members ?? Array(request.members.indices)
        var aftermath = Aftermath(.over)
        let middle = (members.count + 1) / 2
        aftermath.parts = [members.prefix(middle), members.dropFirst(middle)]
            .filter { !$0.isEmpty }
            .map { Aftermath.Part(members: Array($0), doubt: doubt, sendAt: now) }
        return aftermath
    }
}
