package import JSON
import Time

extension BatchHeader {
    /// Reads a header line; everything in it comes from a stranger.
    /// - Throws: `framing` with line 1, or `schema` for a version that is not known here.
    package init(_ root: JSONElement) throws(ProtocolProblem) {
        guard root.kind == .object else { throw .framing(.headerJSON, line: 1) }
        do throws(AnswerRefusal) {
            let members = AnswerMembers(root)
            if try members.integer("schema") != Self.schema { throw AnswerRefusal.notThisSchema }
            try self.init(members)
        } catch {
            throw error == .notThisSchema ? .schema : .framing(.headerMember, line: 1)
        }
        try checkRange()
    }

    private init(_ members: AnswerMembers) throws(AnswerRefusal) {
        self.init(
            collector: try members.identifier("collector"),
            epoch: try members.identifier("epoch"), parent: try Parent(members),
            coverage: try Coverage(members), standing: try Standing(members))
    }

    /// Holds the numbers against one another.
    private func checkRange() throws(ProtocolProblem) {
        guard coverage.lastSeq >= coverage.firstSeq - 1 else {
            throw .framing(.headerRange, line: 1)
        }
        var next = coverage.firstSeq
        var previous: Gap?
        for gap in coverage.gaps {
            let isFused = previous?.last == gap.first - 1 && previous?.reason == gap.reason
            guard gap.first >= next, gap.last <= coverage.lastSeq, !isFused else {
                throw .framing(.gaps, line: 1)
            }
            next = gap.last + 1
            previous = gap
        }
        let covered = coverage.gaps.reduce(0) { $0 + $1.count }
        guard Int64(coverage.count) == coverage.lastSeq - coverage.firstSeq + 1 - covered else {
            throw .framing(.count, line: 1)
        }
        if coverage.isEmpty, coverage.chainBefore != coverage.chainAfter {
            throw .framing(.headerRange, line: 1)
        }
    }
}

extension AnswerRefusal {
    fileprivate static let notThisSchema = AnswerRefusal.wrongMember("schema version")
}

extension BatchHeader.Parent {
    /// Nil when the header names no parent.
    fileprivate init?(_ members: AnswerMembers) throws(AnswerRefusal) {
        guard members.has("parent") || members.has("parent_last_seq") else { return nil }
        self.init(
            epoch: try members.identifier("parent"),
            lastSeq: try members.perLane("parent_last_seq") { $0.wireInteger })
    }
}

extension BatchHeader.Coverage {
    fileprivate init(_ members: AnswerMembers) throws(AnswerRefusal) {
        lane = try members.lane("lane")
        firstSeq = try members.seq("first_seq")
        lastSeq = try members.integer("last_seq")
        count = Int(try members.integer("count"))
        chainBefore = try members.digest("chain_before")
        chainAfter = try members.digest("chain_after")
        let stated = try members.element("gaps")
        guard let elements = stated.array, stated.count ?? 0 <= BatchHeader.gapsMax else {
            throw .wrongMember("gaps")
        }
        var gaps: [Gap] = []
        for element in elements { gaps.append(try members.required(Gap(element), "gaps")) }
        self.gaps = gaps
    }
}

extension Gap {
    fileprivate init?(_ element: JSONElement) {
        guard element.count == 3, var parts = element.array,
            let first = parts.next()?.wireInteger, let last = parts.next()?.wireInteger,
            let reason = parts.next()?.string.flatMap(Reason.init)
        else { return nil }
        self.init(first: first, last: last, reason: reason)
    }
}

extension BatchHeader.Standing {
    fileprivate init(_ members: AnswerMembers) throws(AnswerRefusal) {
        assigned = try members.perLane("assigned") { $0.wireInteger }
        pendingFrom = try members.perLane("pending_from") { $0.canonicalTime }
        refused = try Self.refused(try members.element("refused"))
        sentAt = try members.time("sent_at")
        let tenYears: Int64 = 315_576_000_000
        clockOffsetMilliseconds = try members.integer(
            "clock_offset_ms", in: -tenYears...tenYears)
        shipper = try members.required(
            Self.isShipper(try members.string("shipper")) ? try members.string("shipper") : nil,
            "shipper")
    }

    static func isShipper(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    /// Absent lanes and reasons are zero; lanes that are not known are ignored.
    private static func refused(
        _ element: JSONElement
    ) throws(AnswerRefusal) -> PerLane<[String: Int64]> {
        guard element.kind == .object else { throw .wrongMember("refused") }
        return try PerLane { lane throws(AnswerRefusal) in
            guard let lane = element[lane.rawValue] else { return [:] }
            guard let reasons = lane.object, lane.count ?? 0 <= 64 else {
                throw .wrongMember("refused")
            }
            var counts: [String: Int64] = [:]
            for (key, value) in reasons {
                guard let reason = key.string, isReason(reason), let count = value.wireInteger
                else { throw .wrongMember("refused") }
                counts[reason] = count
            }
            return counts
        }
    }

    private static func isReason(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
