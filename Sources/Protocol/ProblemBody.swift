internal import Crypto
internal import JSON
package import Time

/// A problem as it stands in an answer's body.
package struct ProblemBody: Equatable, Sendable {
    /// Nil for a type that this version does not know.
    package let problem: ProtocolProblem?
    /// The HTTP status.
    package let status: Int
    /// To be found in the aggregator's log.
    package let requestID: String
    /// The aggregator's clock.
    package let time: Timestamp

    /// Answers one request with a problem.
    package init(_ problem: ProtocolProblem, requestID: String, time: Timestamp) {
        self.problem = problem
        status = problem.status
        self.requestID = requestID
        self.time = time
    }

    /// What a collector does with it, also with one that it does not know.
    package var remedy: ProtocolProblem.Remedy {
        problem?.kind.remedy ?? (status >= 500 ? .backOff : .keepAndAlert)
    }

    /// Writes the body of an answer, `application/problem+json`.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.object { writer in
            guard let problem else { return }
            writer.member("type", problem.kind.type)
            writer.member("title", problem.kind.title)
            writer.member("status", Int64(status))
            writer.member("request_id", requestID)
            writer.member("time", time)
            problem.writeDetails(to: &writer)
        }
        return writer.bytes
    }

    /// Reads the body of a signed answer.
    /// - Throws: `AnswerRefusal` when it is no problem; then the answer counts as a network failure.
    package init(json body: [UInt8], status: Int) throws(AnswerRefusal) {
        var parser = JSONParser(bytesMax: 65_536, depthMax: 16)
        self = try parser.parse(body.span, orThrow: AnswerRefusal.init) {
            root throws(AnswerRefusal) in
            try ProblemBody(root, status: status)
        }
    }

    private init(_ root: JSONElement, status: Int) throws(AnswerRefusal) {
        let members = AnswerMembers(root)
        self.status = status
        requestID = try members.string("request_id")
        time = try members.time("time")
        guard try members.integer("status") == Int64(status) else {
            throw .wrongMember("status")
        }
        let type = try members.string("type")
        let prefix = ProtocolProblem.Kind.typePrefix
        guard type.hasPrefix(prefix),
            let kind = ProtocolProblem.Kind(rawValue: String(type.dropFirst(prefix.count))),
            kind.status == status
        else {
            problem = nil
            return
        }
        problem = try ProtocolProblem(kind, members)
    }
}

extension ProtocolProblem {
    fileprivate func writeDetails(to writer: inout JSONWriter) {
        switch self {
        case .framing(let fault, let line):
            if let line { writer.member("line", Int64(line)) }
            writer.member("code", fault.rawValue)
        case .malformed(let pointer, let code):
            writer.member("pointer", pointer)
            writer.member("code", code)
        case .signatureTime:
            writer.member("seconds_max", Int64(SignatureRule.secondsMax))
        case .ledgerBehind(let place): place.write(to: &writer)
        case .ledgerFork(let place, let seq):
            place.write(to: &writer)
            writer.member("seq", seq)
        case .tooLarge(let limits):
            writer.member("events_max", Int64(limits.eventsMax))
            writer.member("bytes_max", Int64(limits.bytesMax))
        case .encoding:
            writer.key("accept")
            writer.array { writer in
                for coding in ContentCoding.allCases { writer.string(coding.rawValue) }
            }
        case .schema:
            writer.key("schemas")
            writer.array { $0.integer(BatchHeader.schema) }
        case .slowDown(let wait), .unavailable(let wait):
            writer.member("retry_after_s", wait.components.seconds)
        case .signatureMissing, .signatureCoverage, .signatureInvalid, .digestMismatch,
            .authorityUnknown, .keyUnknown, .tokenInvalid, .keyRevoked, .keyReplaced,
            .collectorMismatch, .mediaType, .internal:
            break
        }
    }

    fileprivate init(_ kind: Kind, _ members: AnswerMembers) throws(AnswerRefusal) {
        switch kind {
        case .framing:
            let fault = FramingFault(rawValue: try members.string("code")) ?? .headerMember
            self = .framing(fault, line: members.optionalInteger("line").map { Int($0) })
        case .malformed:
            self = .malformed(
                pointer: try members.string("pointer"), code: try members.string("code"))
        case .ledgerBehind: self = .ledgerBehind(try LedgerPlace(members))
        case .ledgerFork:
            self = .ledgerFork(try LedgerPlace(members), seq: try members.seq("seq"))
        case .tooLarge:
            self = .tooLarge(
                BatchLimits(
                    eventsMax: Int(try members.integer("events_max", in: 1...1_000_000)),
                    bytesMax: Int(try members.integer("bytes_max", in: 1...1_073_741_824))))
        case .slowDown: self = .slowDown(retryAfter: try members.wait())
        case .unavailable: self = .unavailable(retryAfter: try members.wait())
        case .signatureMissing: self = .signatureMissing
        case .signatureCoverage: self = .signatureCoverage
        case .signatureInvalid: self = .signatureInvalid
        case .digestMismatch: self = .digestMismatch
        case .signatureTime: self = .signatureTime
        case .authorityUnknown: self = .authorityUnknown
        case .keyUnknown: self = .keyUnknown
        case .tokenInvalid: self = .tokenInvalid
        case .keyRevoked: self = .keyRevoked
        case .keyReplaced: self = .keyReplaced
        case .collectorMismatch: self = .collectorMismatch
        case .encoding: self = .encoding
        case .mediaType: self = .mediaType
        case .schema: self = .schema
        case .internal: self = .internal
        }
    }
}

extension ProtocolProblem.LedgerPlace {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("epoch", epoch.description)
        writer.member("lane", lane.rawValue)
        writer.member("expected_seq", expectedSeq)
        writer.member("chain", chain.hex)
    }

    fileprivate init(_ members: AnswerMembers) throws(AnswerRefusal) {
        self.init(
            epoch: try members.identifier("epoch"), lane: try members.lane("lane"),
            expectedSeq: try members.seq("expected_seq"), chain: try members.digest("chain"))
    }
}

extension AnswerMembers {
    /// `retry_after_s`, at most a day: a signed answer cannot switch a collector off for ever.
    fileprivate func wait() throws(AnswerRefusal) -> Duration {
        .seconds(try integer("retry_after_s", in: 0...86_400))
    }
}
