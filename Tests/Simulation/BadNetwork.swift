import HTTP
import Synchronization
import TestSupport

/// The network of a simulated world: what it does to a request and its answer follows from the seed.
actor BadNetwork: Transport {
    /// What can happen to one exchange.
    enum Fate: CaseIterable {
        case passes, requestIsLost, answerIsLost, requestComesTwice, requestIsAltered
        case answerIsAltered, portalAnswers, firewallAnswers, proxyAnswers, oldRequestComesFirst
    }

    private let center: Center
    private let clock: ManualClock
    private var random: SeededRandom
    private var old: [Request] = []
    /// A bad network lets two of three exchanges pass; a healed one all.
    var isHealed = false
    /// How often each fate came.
    private(set) var fates: [Fate: Int] = [:]

    init(to center: Center, clock: ManualClock, random: SeededRandom) {
        self.center = center
        self.clock = clock
        self.random = random
    }

    func heal() { isHealed = true }

    func send(_ request: ClientRequest) async throws(HTTPFault) -> Response {
        var headers = request.headers
        headers.add("Host", request.origin.authority)
        let arrived = Request(
            request.method, request.target, headers: headers, body: request.body)
        guard let answer = await carry(arrived) else { throw HTTPFault(.reset) }
        return answer
    }

    /// Carries a request; nil where no answer comes.
    private func carry(_ request: Request) async -> Response? {
        let fate = nextFate()
        fates[fate, default: 0] += 1
        remember(request)
        wait()
        switch fate {
        case .passes: return await answer(request)
        case .requestIsLost: return nil
        case .answerIsLost:
            _ = await answer(request)
            return nil
        case .requestComesTwice:
            let first = await answer(request)
            let second = await answer(request)
            return random.chance(0.5) ? first : second
        case .requestIsAltered: return await answer(altered(request))
        case .answerIsAltered:
            guard let answer = await answer(request) else { return nil }
            return altered(answer)
        case .portalAnswers: return .text(200, "<html>Please sign in.</html>")
        case .firewallAnswers: return .text(400, "This request looks odd.")
        case .proxyAnswers: return .text(502, "Bad gateway")
        case .oldRequestComesFirst:
            _ = await answer(old[random.below(old.count)])
            return await answer(request)
        }
    }

    private func nextFate() -> Fate {
        guard !isHealed, random.chance(0.35) else { return .passes }
        return Fate.allCases[random.below(Fate.allCases.count)]
    }

    private func remember(_ request: Request) {
        old.append(request)
        if old.count > 64 { old.removeFirst(32) }
    }

    private func answer(_ request: Request) async -> Response? {
        let answer = await center.answer(request)
        wait()
        return answer
    }

    /// Each way takes up to half a second.
    private func wait() {
        let milliseconds = isHealed ? 1 : random.below(500)
        clock.advance(by: .milliseconds(milliseconds))
    }

    private func altered(_ request: Request) -> Request {
        var (headers, body) = (request.headers, request.body)
        if random.chance(0.3) || body.isEmpty {
            alter(&headers)
        } else {
            alter(&body)
        }
        return Request(.post, request.path, headers: headers, body: body)
    }

    private func altered(_ answer: Response) -> Response {
        var answer = answer
        switch random.below(3) {
        case 0: answer.status = answer.status == 200 ? 503 : 200
        case 1 where !answer.body.isEmpty: alter(&answer.body)
        default: alter(&answer.headers)
        }
        return answer
    }

    private func alter(_ bytes: inout [UInt8]) {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] ^= 1 << UInt8(random.below(8))
        case 1: bytes.removeLast(bytes.count - place)
        default: bytes.insert(bytes[place], at: place)
        }
    }

    private func alter(_ headers: inout Headers) {
        let names: [StaticString] = [
            "Content-Digest", "Signature", "Signature-Input", "Content-Type",
        ]
        let name = names[random.below(names.count)]
        guard var value = headers[name].map({ Array($0.utf8) }) else { return }
        let place = random.below(value.count)
        value[place] = value[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        headers.set(name.description, String(decoding: value, as: UTF8.self))
    }
}

extension SeededRandom {
    /// True with this probability.
    mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }

    /// A number from 0 up to, not including, the bound.
    mutating func below(_ bound: Int) -> Int { Int(next(upperBound: UInt64(bound))) }
}
