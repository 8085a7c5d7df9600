import Time

/// What follows from a platform's verdict about a request that it had accepted.
extension UploadPlan {
    /// What follows from the answer to a question.
    func after(_ answer: StatusAnswer, to request: OpenRequest) -> Aftermath {
        switch answer {
        case .processing: return Aftermath(.ask(at: now + timing.ask(after: request.polls + 1)))
        case .final(let outcome): return final(outcome, request)
        case .gone: return gone(request)
        case .trouble(.credential(let code, _)):
            var aftermath = Aftermath(.ask(at: now + timing.holdFor))
            aftermath.hold = Aftermath.Hold(
                code: .credential, detail: code, until: now + timing.holdFor)
            return aftermath
        case .trouble(.throttled(_, _, let wait)):
            var aftermath = Aftermath(.ask(at: now + (wait ?? timing.askAgain)))
            aftermath.health = .throttled(retryAfter: wait)
            return aftermath
        case .trouble(.unreached(_, _, let wait)), .trouble(.uncertain(_, _, let wait)):
            var aftermath = Aftermath(.ask(at: now + (wait ?? timing.askAgain)))
            aftermath.health = .failed(retryAfter: wait)
            return aftermath
        }
    }

    /// The platform will never tell: the same again, which is harmless, a few times at most.
    private func gone(_ request: OpenRequest) -> Aftermath {
        guard request.losses < Self.lostVerdictsMax else {
            var aftermath = Aftermath(.over)
            aftermath.rest = Aftermath.Outcome(fate: .unknown(.verdictLost))
            return aftermath
        }
        var aftermath = Aftermath(.again(at: now))
        aftermath.doubt = .acceptedBefore
        aftermath.isLoss = true
        return aftermath
    }

    private func final(_ outcome: BatchOutcome, _ request: OpenRequest) -> Aftermath {
        let confirmed = Aftermath.Outcome(fate: .confirmed)
        guard outcome.result != .success else {
            var aftermath = Aftermath(.over)
            aftermath.rest = confirmed
            return aftermath
        }
        let codes = outcome.errors.map { verdicts.verdict(of: $0.code) }
        var named: [Int: String] = [:]
        for error in outcome.errors {
            for index in error.uploads ?? [] where request.members.indices.contains(index) {
                named[index] = named[index] ?? error.code
            }
        }
        let unnamed = outcome.errors.filter { $0.uploads == nil && $0.records > 0 }
        let others = request.members.indices.filter { named[$0] == nil }
        var aftermath = rest(unnamed, outcome, others, request)
        for (index, code) in named {
            aftermath.outcomes[index] = judged(code, request.members[index])
        }
        aftermath.unknownCodes = codes.filter { !$0.isKnown }.map(\.code)
        if let one = codes.first(where: { $0.concernsAll }) {
            let wait = one.kind == .holdUntil ? one.holdFor : nil
            aftermath.hold = Aftermath.Hold(
                code: .configuration, detail: one.code, until: now + (wait ?? timing.holdFor))
        }
        return aftermath
    }

    /// What becomes of the uploads that no index points at, when codes with mere counts are left.
    private func rest(
        _ counts: [BatchOutcome.Count], _ outcome: BatchOutcome, _ others: [Int],
        _ request: OpenRequest
    ) -> Aftermath {
        var aftermath = Aftermath(.over)
        let hasNoReason = outcome.errors.isEmpty
        if counts.isEmpty, !hasNoReason {
            aftermath.rest = Aftermath.Outcome(fate: .confirmed)
            return aftermath
        }
        let codes = counts.map { verdicts.verdict(of: $0.code) }
        if !hasNoReason, codes.allSatisfy({ $0.kind == .alreadyThere }) {
            aftermath.rest = Aftermath.Outcome(fate: .confirmed, detail: codes.first?.code)
            return aftermath
        }
        if let code = codeOfAll(counts, outcome, others) {
            for index in others { aftermath.outcomes[index] = judged(code, request.members[index]) }
            return aftermath
        }
        if !hasNoReason, codes.allSatisfy({ $0.kind == .retry && $0.isKnown }) {
            aftermath.parts = [
                Aftermath.Part(
                    members: others, doubt: .acceptedBefore,
                    sendAt: now + timing.retry(after: request.attempts + 1))
            ]
            return aftermath
        }
        return halved(request, doubt: .acceptedBefore, among: others)
    }

    /// The one code that every upload without an index of its own bears; nil where they differ.
    private func codeOfAll(
        _ counts: [BatchOutcome.Count], _ outcome: BatchOutcome, _ others: [Int]
    ) -> String? {
        if others.count == 1 { return counts.first?.code ?? Self.noReason }
        guard counts.count == 1, let only = counts.first else { return nil }
        return only.records >= others.count ? only.code : nil
    }

    /// A failure for which the platform gave no reason; in no table, so that it is tried again.
    static let noReason = "FAILED"

    /// What the platform decided about one upload: now it is certain.
    private func judged(_ code: String, _ member: OpenRequest.Member) -> Aftermath.Outcome {
        Aftermath.Outcome(
            fate: fate(verdicts.verdict(of: code), tries: member.tries), detail: code)
    }
}
