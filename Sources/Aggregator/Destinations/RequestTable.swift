import Store
import Tenancy
import Time

/// Reads and writes requests of one destination: compositions before they leave, answers after.
struct RequestTable {
    let tenant: TenantTransaction
    let destination: Destination
    let now: Timestamp

    // MARK: Before

    /// Writes a new request of uploads that are now on their way; from here on bytes may leave.
    func add(
        _ members: [(upload: Int64, content: String?)], isValidation: Bool,
        doubt: OpenRequest.Doubt = .none, sendAt: Timestamp
    ) throws -> Int64 {
        let number = try tenant.first(
            Self.insert, .integer(destination.number), .flag(isValidation),
            .integer(Int64(doubt.rawValue)), .integer(Int64(members.count)), .timestamp(now),
            .timestamp(sendAt), make: { $0.integer(0) })
        guard let number else { throw StoreFault("write a request", kind: .statement) }
        for (position, member) in members.enumerated() {
            try tenant.run(
                Self.insertMember, .integer(number), .integer(Int64(position)),
                .integer(member.upload))
            if let content = member.content {
                try tenant.run(
                    Self.begin, .integer(member.upload), .integer(number), .text(content),
                    .timestamp(now))
            } else {
                try tenant.run(Self.move, .integer(member.upload), .integer(number))
            }
        }
        return number
    }

    /// After a start nobody knows what the requests that were being sent came to.
    func doubtAll() throws(StoreFault) {
        try tenant.run(Self.doubtAll, .integer(destination.number), .timestamp(now))
    }

    /// The request in a state whose time has come first.
    func next(_ state: String) throws -> OpenRequest? {
        guard
            let row = try tenant.first(
                Self.next, .integer(destination.number), .text(state), .timestamp(now),
                make: RequestRow.init)
        else { return nil }
        return try row.request(members: members(of: row.number))
    }

    /// When the next request in a state is to be looked at.
    func nextTime(_ state: String) throws(StoreFault) -> Timestamp? {
        try tenant.first(
            Self.nextTime, .integer(destination.number), .text(state),
            make: { $0.optionalTimestamp(0) }) ?? nil
    }

    private func members(of request: Int64) throws -> [OpenRequest.Member] {
        let rows = try tenant.all(Self.members, .integer(request)) { row in
            (upload: row.integer(0), content: row.text(1), tries: Int(row.integer(2)))
        }
        return try rows.map { row in
            OpenRequest.Member(
                upload: row.upload, content: try JSONText.decode(UploadContent.self, row.content),
                tries: row.tries)
        }
    }

    /// Members of a request that must not be sent again, with the reason.
    func stopped(in request: Int64) throws(StoreFault) -> [(upload: Int64, code: String)] {
        try tenant.all(Self.stopped, .integer(request)) { ($0.integer(0), $0.text(1)) }
    }

    // MARK: After

    /// Writes how a request goes on, or that it is over.
    func set(_ request: OpenRequest, _ aftermath: Aftermath) throws(StoreFault) {
        let doubt = Int64((aftermath.doubt ?? request.doubt).rawValue)
        let losses = Int64(request.losses + (aftermath.isLoss ? 1 : 0))
        var values: (state: String, attempts: Int, polls: Int, id: String?, next: Timestamp?) =
            ("over", request.attempts, request.polls, request.platformID, nil)
        switch aftermath.ending {
        case .again(let at):
            values = ("sending", request.attempts + 1, request.polls, request.platformID, at)
        case .accepted(let id, let askAt):
            values = ("accepted", 0, 0, String(id.prefix(500)), askAt)
        case .ask(let at):
            values = (
                "accepted", request.attempts, request.polls + 1, request.platformID, at
            )
        case .over: break
        }
        try tenant.run(
            Self.update, .integer(request.number), .text(values.state), .integer(doubt),
            .integer(Int64(values.attempts)), .integer(Int64(values.polls)), .integer(losses),
            .optional(values.id), .optional(values.next))
    }

    /// Sets all members of a request that still are in a state to another: one statement.
    func setAll(of request: Int64, _ fate: UploadFate, detail: String?) throws(StoreFault) {
        try tenant.run(
            Self.endAll, .integer(request), .text(fate.state.rawValue), .optional(fate.code),
            .optional(detail.map { String($0.prefix(100)) }), .optional(fate.until),
            .timestamp(now))
    }

    /// Marks all members of a request as taken by the platform, or as being sent again.
    func move(of request: Int64, to state: UploadState) throws(StoreFault) {
        try tenant.run(
            Self.moveAll, .integer(request), .text(state.rawValue), .timestamp(now))
    }

    /// Keeps an attempt, for people.
    func record(_ attempt: UploadAttempt, of request: Int64) throws(StoreFault) {
        try tenant.run(
            Self.insertAttempt, .integer(request), .text(attempt.kind.rawValue),
            .timestamp(attempt.at), .integer(max(0, attempt.latency.wholeMicroseconds)),
            .text(attempt.outcome), .optional(attempt.httpStatus.map { Int64($0) }),
            .optional(attempt.code.map { String($0.prefix(100)) }),
            .optional(attempt.platformID.map { String($0.prefix(500)) }))
    }

    /// Conversions of which a newer version waits for a request's verdict.
    func waiting(behind request: Int64) throws(StoreFault) -> [Int64] {
        try tenant.all(Self.waiting, .integer(request), make: { $0.integer(0) })
    }

    private static let insert = TenantSQL(
        """
        INSERT INTO upload_request (organization, destination, state, is_validation, doubt, uploads,
            attempts, polls, losses, created_at_us, next_at_us)
        VALUES ($1, $2, 'sending', $3, $4, $5, 0, 0, 0, $6, $7) RETURNING number
        """)
    private static let insertMember = TenantSQL(
        """
        INSERT INTO upload_member (organization, request, position, upload)
        VALUES ($1, $2, $3, $4)
        """)
    private static let begin = TenantSQL(
        """
        UPDATE upload SET state = 'sending', code = NULL, detail = NULL, stop_code = NULL,
            request = $3, content = $4, tries = tries + 1, look_at_us = NULL, until_us = NULL,
            changed_at_us = $5
        WHERE organization = $1 AND number = $2
        """)
    private static let move = TenantSQL(
        """
        UPDATE upload SET state = 'sending', code = NULL, request = $3, look_at_us = NULL,
            until_us = NULL
        WHERE organization = $1 AND number = $2
        """)
    private static let doubtAll = TenantSQL(
        """
        UPDATE upload_request SET doubt = CASE WHEN doubt = 0 THEN 1 ELSE doubt END, next_at_us = $3
        WHERE organization = $1 AND destination = $2 AND state = 'sending'
        """)
    private static let next = TenantSQL(
        """
        SELECT number, is_validation, doubt, attempts, polls, losses, platform_id
        FROM upload_request
        WHERE organization = $1 AND destination = $2 AND state = $3 AND state <> 'over'
            AND next_at_us <= $4
        ORDER BY next_at_us LIMIT 1
        """)
    private static let nextTime = TenantSQL(
        """
        SELECT min(next_at_us) FROM upload_request
        WHERE organization = $1 AND destination = $2 AND state = $3 AND state <> 'over'
        """)
    private static let members = TenantSQL(
        """
        SELECT u.number, u.content, u.tries FROM upload_member m
        JOIN upload u ON u.organization = m.organization AND u.number = m.upload
        WHERE m.organization = $1 AND m.request = $2 AND u.request = m.request
            AND u.state IN ('sending', 'accepted')
        ORDER BY m.position LIMIT 2000
        """)
    private static let stopped = TenantSQL(
        """
        SELECT u.number, u.stop_code FROM upload_member m
        JOIN upload u ON u.organization = m.organization AND u.number = m.upload
        WHERE m.organization = $1 AND m.request = $2 AND u.request = m.request
            AND u.state = 'sending' AND u.stop_code IS NOT NULL
        ORDER BY m.position LIMIT 2000
        """)
    private static let update = TenantSQL(
        """
        UPDATE upload_request SET state = $3, doubt = $4, attempts = $5, polls = $6, losses = $7,
            platform_id = $8, next_at_us = $9
        WHERE organization = $1 AND number = $2
        """)
    private static let endAll = TenantSQL(
        """
        UPDATE upload SET state = $3, code = $4, detail = $5, until_us = $6, changed_at_us = $7,
            look_at_us = CASE WHEN $3 = 'held'
                THEN coalesce($6, occurred_at_us + 7772400000000) END
        WHERE organization = $1 AND request = $2 AND state IN ('sending', 'accepted')
            AND number IN (SELECT upload FROM upload_member
                WHERE organization = $1 AND request = $2)
        """)
    private static let moveAll = TenantSQL(
        """
        UPDATE upload SET state = $3, changed_at_us = $4
        WHERE organization = $1 AND request = $2 AND state IN ('sending', 'accepted')
            AND number IN (SELECT upload FROM upload_member
                WHERE organization = $1 AND request = $2)
        """)
    private static let insertAttempt = TenantSQL(
        """
        INSERT INTO upload_attempt (organization, request, kind, at_us, latency_us, outcome,
            http_status, code, platform_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """)
    private static let waiting = TenantSQL(
        """
        SELECT DISTINCT n.conversion FROM upload_member m
        JOIN upload u ON u.organization = m.organization AND u.number = m.upload
        JOIN upload n ON n.organization = u.organization AND n.destination = u.destination
            AND n.conversion = u.conversion AND n.version > u.version
        WHERE m.organization = $1 AND m.request = $2
            AND n.state = 'held' AND n.code = 'earlier_version'
        LIMIT 2000
        """)
}

/// A row of table `upload_request`, without its members.
private struct RequestRow {
    let number: Int64
    let isValidation: Bool
    let doubt: OpenRequest.Doubt
    let counts: (attempts: Int, polls: Int, losses: Int)
    let platformID: String?

    init(_ row: Row) {
        (number, isValidation) = (row.integer(0), row.flag(1))
        doubt = OpenRequest.Doubt(rawValue: Int(row.integer(2))) ?? .acceptedBefore
        counts = (Int(row.integer(3)), Int(row.integer(4)), Int(row.integer(5)))
        platformID = row.optionalText(6)
    }

    func request(members: [OpenRequest.Member]) -> OpenRequest {
        OpenRequest(
            number: number, isValidation: isValidation, doubt: doubt, attempts: counts.attempts,
            polls: counts.polls, losses: counts.losses, platformID: platformID, members: members)
    }
}
