package import Crypto
internal import JSON
package import Time

/// The aggregator's word that a batch is stored. Only a receipt lets a collector delete.
/// - Source: protocol/SPEC.md, section 6.
package struct Receipt: Equatable, Sendable {
    /// An event that is kept as a dead letter and does not count.
    package struct Rejection: Equatable, Sendable {
        /// Its number.
        package let seq: Int64
        /// What is wrong with it, and where.
        package let fault: EventFault
        /// Where the event has one of legal form.
        package let id: EventID?

        /// Describes one event that does not count.
        package init(seq: Int64, fault: EventFault, id: EventID?) {
            self.seq = seq
            self.fault = fault
            self.id = id
        }
    }

    /// Outcomes of one epoch and lane up to `expectedSeq` − 1.
    package struct Totals: Equatable, Sendable {
        /// Stored and counted.
        package var accepted: Int64 = 0
        /// Stored before under the same event id.
        package var duplicate: Int64 = 0
        /// Kept as dead letters.
        package var rejected: Int64 = 0
        /// Numbers whose events will not come.
        package var gaps: Int64 = 0

        /// Nothing yet.
        package init() {}
    }

    /// Where the ledger stands after the batch.
    package struct Position: Equatable, Sendable {
        /// The next number that the ledger lacks.
        package let expectedSeq: Int64
        /// The ledger's chain before `expectedSeq`.
        package let chain: SHA256Digest
        /// False when the batch did not fit the chain: stored and alerted all the same.
        package let chainMatches: Bool

        /// Tells where the ledger stands.
        package init(expectedSeq: Int64, chain: SHA256Digest, chainMatches: Bool) {
            self.expectedSeq = expectedSeq
            self.chain = chain
            self.chainMatches = chainMatches
        }
    }

    /// What every answer tells the collector besides.
    package struct Advice: Equatable, Sendable {
        /// Current version of this collector's settings.
        package let settings: Int64
        /// Events a second that are welcome now.
        package let pace: Int64
        /// The aggregator's clock.
        package let time: Timestamp
        /// The dictionaries of `dcz` that the aggregator knows.
        package let dictionaries: [SHA256Digest]

        /// Tells what a collector should know next.
        package init(
            settings: Int64, pace: Int64, time: Timestamp, dictionaries: [SHA256Digest] = []
        ) {
            self.settings = settings
            self.pace = pace
            self.time = time
            self.dictionaries = dictionaries
        }
    }

    /// Of the batch.
    package let lane: Lane
    /// Of the batch.
    package let epoch: EpochID
    /// Of the batch.
    package let firstSeq: Int64
    /// Of the batch: up to here the collector may delete.
    package let lastSeq: Int64
    /// Events of the batch that are stored and count.
    package var accepted = 0
    /// Events of the batch that were stored before under the same id.
    package var duplicate = 0
    /// Ascending by number.
    package var rejected: [Rejection] = []
    /// Numbers of this batch covered by gaps.
    package var gaps: Int64 = 0
    /// Numbers of this batch that the ledger knew; counted above under their first outcome.
    package var replayed: Int64 = 0
    /// Outcomes of the whole epoch and lane.
    package var totals = Totals()
    /// Where the ledger stands now.
    package var position: Position
    /// What to know and do next.
    package var advice: Advice

    /// An answer to a batch with this header, all counts zero.
    package init(for header: BatchHeader, position: Position, advice: Advice) {
        lane = header.coverage.lane
        epoch = header.epoch
        firstSeq = header.coverage.firstSeq
        lastSeq = header.coverage.lastSeq
        self.position = position
        self.advice = advice
    }

    /// Whether every number of the batch has exactly one outcome.
    package var isBalanced: Bool {
        Int64(accepted + duplicate + rejected.count) + gaps == lastSeq - firstSeq + 1
    }
}

// MARK: JSON

extension Receipt {
    /// Writes the body of the answer, `application/json`.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 512 + rejected.count * 128)
        writer.object { writer in
            writer.member("lane", lane.rawValue)
            writer.member("epoch", epoch.description)
            writer.member("first_seq", firstSeq)
            writer.member("last_seq", lastSeq)
            writer.member("accepted", Int64(accepted))
            writer.member("duplicate", Int64(duplicate))
            writer.key("rejected")
            writer.array { writer in
                for rejection in rejected { rejection.write(to: &writer) }
            }
            writer.member("gaps", gaps)
            writer.member("replayed", replayed)
            writeTotals(to: &writer)
            writer.member("expected_seq", position.expectedSeq)
            writer.member("chain", position.chain.hex)
            writer.member("chain_matches", position.chainMatches)
            writer.member("settings", advice.settings)
            writer.member("pace", advice.pace)
            writer.member("time", advice.time)
            writeDictionaries(to: &writer)
        }
        return writer.bytes
    }

    private func writeDictionaries(to writer: inout JSONWriter) {
        guard !advice.dictionaries.isEmpty else { return }
        writer.key("dictionaries")
        writer.array { writer in
            for digest in advice.dictionaries { writer.string(digest.hex) }
        }
    }

    private func writeTotals(to writer: inout JSONWriter) {
        writer.key("totals")
        writer.object { writer in
            writer.member("accepted", totals.accepted)
            writer.member("duplicate", totals.duplicate)
            writer.member("rejected", totals.rejected)
            writer.member("gaps", totals.gaps)
        }
    }

    /// Reads the body of a signed answer.
    package init(json body: [UInt8]) throws(AnswerRefusal) {
        var parser = JSONParser(bytesMax: 4_194_304, depthMax: 16)
        self = try parser.parse(body.span, orThrow: AnswerRefusal.init) {
            root throws(AnswerRefusal) in
            try Receipt(AnswerMembers(root))
        }
    }

    private init(_ members: AnswerMembers) throws(AnswerRefusal) {
        lane = try members.lane("lane")
        epoch = try members.identifier("epoch")
        firstSeq = try members.seq("first_seq")
        lastSeq = try members.integer("last_seq")
        accepted = Int(try members.integer("accepted"))
        duplicate = Int(try members.integer("duplicate"))
        gaps = try members.integer("gaps")
        replayed = try members.integer("replayed")
        totals = try Totals(AnswerMembers(try members.element("totals")))
        position = Position(
            expectedSeq: try members.seq("expected_seq"), chain: try members.digest("chain"),
            chainMatches: try members.bool("chain_matches"))
        advice = Advice(
            settings: try members.integer("settings"), pace: try members.integer("pace"),
            time: try members.time("time"), dictionaries: try members.digests("dictionaries"))
        for element in try members.required(try members.element("rejected").array, "rejected") {
            rejected.append(try Rejection(AnswerMembers(element)))
        }
        guard isBalanced else { throw .wrongMember("accepted") }
    }
}

extension Receipt.Totals {
    fileprivate init(_ members: AnswerMembers) throws(AnswerRefusal) {
        accepted = try members.integer("accepted")
        duplicate = try members.integer("duplicate")
        rejected = try members.integer("rejected")
        gaps = try members.integer("gaps")
    }
}

extension Receipt.Rejection {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("seq", seq)
            writer.member("code", fault.code.rawValue)
            writer.member("pointer", fault.pointer)
            writer.member("detail", fault.code.sentence)
            if let id { writer.member("id", id.description) }
        }
    }

    fileprivate init(_ members: AnswerMembers) throws(AnswerRefusal) {
        let code = EventFault.Code(rawValue: try members.string("code")) ?? .unknown
        self.init(
            seq: try members.seq("seq"),
            fault: EventFault(code, at: try members.string("pointer")),
            id: members.has("id") ? EventID(try members.string("id")) : nil)
    }
}

extension AnswerMembers {
    /// An array of digests that may be left out.
    fileprivate func digests(_ name: StaticString) throws(AnswerRefusal) -> [SHA256Digest] {
        guard has(name) else { return [] }
        var digests: [SHA256Digest] = []
        for element in try required(try element(name).array, name) {
            digests.append(try required(element.string.flatMap { SHA256Digest(hex: $0) }, name))
        }
        return digests
    }
}
