import ConveyProtocol
import Store
import Tenancy
import Time

/// The durable steps of sending: what goes out is written down before, what came of it after. Between
/// two steps the program may die anywhere; nothing but the tables carries over.
struct UploadDesk {
    /// Uploads that are judged in one step, so that the writer is not held for long.
    static let judgedMax = 2000

    private let tenant: TenantTransaction
    private let destination: Destination
    private let now: Timestamp
    private let uploads: UploadTable
    private let requests: RequestTable

    init(_ tenant: TenantTransaction, _ destination: Destination, at now: Timestamp) {
        self.tenant = tenant
        self.destination = destination
        self.now = now
        uploads = UploadTable(tenant: tenant, destination: destination, now: now)
        requests = RequestTable(tenant: tenant, destination: destination, now: now)
    }

    /// The first step after a start.
    func recover() throws(StoreFault) { try requests.doubtAll() }

    /// Stops sending for want of a credential, where there still is none.
    func holdForCredential(until time: Timestamp) throws(StoreFault) {
        try DestinationTable(tenant, at: now).holdForCredential(destination, until: time)
    }

    // MARK: Before sending

    /// What a step before sending found.
    enum Next: Sendable {
        /// Written down: it may be sent now.
        case send(OpenRequest)
        /// Uploads were judged, and none may go; others wait.
        case judged
        case nothing
    }

    /// The same uploads as before where an answer was lost, else a new request of what is due.
    /// - Parameter refusal: the code that the platform would refuse an upload with, found without it.
    func next(
        limit: Int, verdicts: VerdictTable, refusal: (PlatformUpload) -> String?
    ) throws -> Next {
        if let again = try requests.next("sending") {
            let left = try repeatable(again)
            return left.members.isEmpty ? .judged : .send(left)
        }
        try release()
        let rows = try tenant.all(
            Self.due, .integer(destination.number),
            .integer(Int64(min(limit, Self.judgedMax))), make: UploadRow.init)
        guard !rows.isEmpty else { return .nothing }
        let members = try rows.compactMap { try member($0, verdicts, refusal) }
        guard !members.isEmpty else { return .judged }
        let isValidation = destination.mode == .validate
        let number = try requests.add(
            members.map { ($0.member.upload, $0.text) }, isValidation: isValidation, sendAt: now)
        return .send(
            OpenRequest(
                number: number, isValidation: isValidation, doubt: .none, attempts: 0, polls: 0,
                losses: 0, platformID: nil, members: members.map(\.member)))
    }

    /// Held uploads whose time has come are due: they are judged when their turn comes.
    private func release() throws(StoreFault) {
        try tenant.run(
            Self.release, .integer(destination.number), .timestamp(now),
            .integer(Int64(Self.judgedMax)))
    }

    /// Judges an upload right before it goes; nil where it does not.
    private func member(
        _ row: UploadRow, _ verdicts: VerdictTable, _ refusal: (PlatformUpload) -> String?
    ) throws -> (member: OpenRequest.Member, text: String)? {
        let thread = try uploads.thread(ofConversion: row.conversion)
        let past = try thread.past(besides: row.version)
        let judgement = PreFlight(destination, at: now).judge(try row.wish, past)
        guard judgement.fate == .due, let content = judgement.content else {
            try uploads.set(row.number, judgement)
            return nil
        }
        if let code = refusal(content.upload) {
            let verdict = verdicts.verdict(of: code)
            try uploads.set(row.number, verdict.fateBeforeSending, detail: code)
            return nil
        }
        if destination.mode == .live, past.transactionID == nil {
            guard try claim(content.transactionID, for: row.conversion) else {
                try uploads.set(row.number, .rejected(.transactionIDTaken))
                return nil
            }
        }
        let member = OpenRequest.Member(
            upload: row.number, content: content, tries: row.tries + 1)
        return (member, try JSONText.encode(content))
    }

    /// Fixes a conversion's transaction id; false where another conversion bears it.
    private func claim(_ id: String, for conversion: Int64) throws(StoreFault) -> Bool {
        let isNew =
            try tenant.run(
                Self.claim, .integer(conversion), .integer(destination.number), .text(id)) == 1
        if isNew { return true }
        let own = try tenant.first(
            Self.claimed, .integer(conversion), .integer(destination.number),
            make: { $0.text(0) })
        return own == id
    }

    /// What may be sent again of a request whose answer was lost: not what was denied or cancelled
    /// meanwhile, and nothing too old. Those may have arrived, and nobody will know.
    private func repeatable(_ request: OpenRequest) throws -> OpenRequest {
        let stopped = Dictionary(
            try requests.stopped(in: request.number).map { ($0.upload, $0.code) },
            uniquingKeysWith: { first, _ in first })
        let left = try request.members.filter { member in
            let code =
                stopped[member.upload]
                ?? (isTooOld(member.content) ? UploadCode.answerLost.rawValue : nil)
            guard let code else { return true }
            let fate: UploadFate =
                request.isValidation ? .cancelled(code: code) : .unknown(code: code)
            try uploads.set(member.upload, fate)
            return false
        }
        if left.isEmpty { try requests.set(request, Aftermath(.over)) }
        guard left.count < request.members.count else { return request }
        try advance(behind: request.number)
        return request.with(left)
    }

    /// Past the click's 90 days nothing is sent, whatever the window.
    private func isTooOld(_ content: UploadContent) -> Bool {
        let start = content.click?.at ?? content.occurredAt
        return now >= start + PreFlight.clickAgeMax - PreFlight.margin
    }

    /// The next request to ask after.
    func nextToAsk() throws -> OpenRequest? { try requests.next("accepted") }

    /// When something is to be sent, or asked after, without anybody's doing; nil: not in sight.
    func nextTime() throws(StoreFault) -> (send: Timestamp?, ask: Timestamp?) {
        let held =
            try tenant.first(
                Self.nextHeld, .integer(destination.number), make: { $0.optionalTimestamp(0) })
            ?? nil
        let again = try requests.nextTime("sending")
        return ([held, again].compactMap(\.self).min(), try requests.nextTime("accepted"))
    }

    // MARK: Afterwards

    /// Writes down what follows from an answer, all of it or nothing.
    func apply(
        _ aftermath: Aftermath, to request: OpenRequest, _ attempt: UploadAttempt
    ) throws {
        try requests.record(attempt, of: request.number)
        for (index, outcome) in aftermath.outcomes {
            try uploads.set(
                request.members[index].upload, settled(outcome.fate), detail: outcome.detail)
        }
        for part in aftermath.parts {
            _ = try requests.add(
                part.members.map { (request.members[$0].upload, nil) },
                isValidation: request.isValidation, doubt: part.doubt, sendAt: part.sendAt)
        }
        if let rest = aftermath.rest {
            try requests.setAll(
                of: request.number, settled(rest.fate), detail: rest.detail)
        }
        switch aftermath.ending {
        case .accepted: try requests.move(of: request.number, to: .accepted)
        case .again where request.platformID != nil:
            try requests.move(of: request.number, to: .sending)
        case .again, .ask, .over: break
        }
        try requests.set(request, aftermath)
        let table = DestinationTable(tenant, at: now)
        if let hold = aftermath.hold {
            try table.hold(
                destination.number, hold.code, detail: hold.detail, until: hold.until)
        } else if aftermath.endsHold, destination.hold != nil {
            try table.release(destination.number)
        }
        try advance(behind: request.number)
    }

    /// A validated upload of a destination that went live meanwhile is due.
    private func settled(_ fate: UploadFate) -> UploadFate {
        fate == .held(.modeValidate) && destination.mode == .live ? .due : fate
    }

    /// Newer versions that waited for a verdict have their turn; where nothing was processed they take
    /// the older one's place.
    private func advance(behind request: Int64) throws {
        for conversion in try requests.waiting(behind: request) {
            var thread = try uploads.thread(ofConversion: conversion)
            guard !thread.rows.contains(where: \.state.isInFlight), let newest = thread.rows.last
            else { continue }
            for row in thread.rows where row.version < newest.version {
                guard row.state == .held || row.state == .due else { continue }
                try uploads.set(row.number, .cancelled(.superseded))
            }
            thread = try uploads.thread(ofConversion: conversion)
            try uploads.judgeAgain(newest, in: thread)
        }
    }

    /// On PostgreSQL an order may be judged anew at the same moment: what that holds is passed over,
    /// here and below, and comes with the next step. What stands behind ARRAY is run once, behind IN
    /// perhaps once a row.
    private static let release = TenantSQL(
        sqlite: """
            UPDATE upload SET state = 'due', code = NULL, look_at_us = NULL, until_us = NULL
            WHERE organization = $1 AND number IN (
                SELECT number FROM upload
                WHERE organization = $1 AND destination = $2 AND state = 'held'
                    AND look_at_us <= $3
                ORDER BY look_at_us LIMIT $4)
            """,
        postgres: """
            UPDATE upload SET state = 'due', code = NULL, look_at_us = NULL, until_us = NULL
            WHERE organization = $1 AND number = ANY (ARRAY (
                SELECT number FROM upload
                WHERE organization = $1 AND destination = $2 AND state = 'held'
                    AND look_at_us <= $3
                ORDER BY look_at_us LIMIT $4 FOR UPDATE SKIP LOCKED))
            """)
    private static let due = TenantSQL(
        sqlite: """
            SELECT number, conversion, version, state, code, stop_code, request, tries, wish,
                content
            FROM upload WHERE organization = $1 AND destination = $2 AND state = 'due'
            ORDER BY rank, occurred_at_us DESC LIMIT $3
            """,
        postgres: """
            SELECT number, conversion, version, state, code, stop_code, request, tries, wish,
                content
            FROM upload WHERE organization = $1 AND destination = $2 AND state = 'due'
            ORDER BY rank, occurred_at_us DESC LIMIT $3 FOR UPDATE SKIP LOCKED
            """)
    private static let claim = TenantSQL(
        """
        INSERT INTO upload_transaction (organization, conversion, destination, transaction_id)
        VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
        """)
    private static let claimed = TenantSQL(
        """
        SELECT transaction_id FROM upload_transaction
        WHERE organization = $1 AND conversion = $2 AND destination = $3
        """)
    private static let nextHeld = TenantSQL(
        """
        SELECT min(look_at_us) FROM upload
        WHERE organization = $1 AND destination = $2 AND state = 'held'
            AND look_at_us IS NOT NULL
        """)
}

extension OpenRequest {
    /// The same request with fewer members.
    func with(_ members: [Member]) -> OpenRequest {
        OpenRequest(
            number: number, isValidation: isValidation, doubt: doubt, attempts: attempts,
            polls: polls, losses: losses, platformID: platformID, members: members)
    }
}

extension Verdict {
    /// What becomes of an upload that would meet this verdict, found without asking the platform.
    var fateBeforeSending: UploadFate {
        switch kind {
        case .giveUp, .alreadyThere, .retry: .rejected(code: code)
        case .holdUntil, .fixConfiguration: .held(code: code, until: nil)
        }
    }
}

extension UploadContent {
    /// As the platform's client takes it.
    var upload: PlatformUpload {
        var upload = PlatformUpload(
            transactionID, at: occurredAt, value: value,
            consent: Consent(
                analytics: .unknown, adUserData: adUserData ?? .unknown,
                adPersonalization: adPersonalization ?? .unknown))
        upload.click = click.flatMap { click in
            PlatformClick.Kind(rawValue: click.kind.rawValue).map { PlatformClick($0, click.value) }
        }
        let user = user.platformUser
        upload.user = user.isEmpty ? nil : user
        upload.userAgent = userAgent
        return upload
    }
}

extension UploadUser {
    fileprivate var platformUser: PlatformUser {
        var address: PlatformUser.Address?
        if let firstNameSHA256, let lastNameSHA256, let postalCode, let country {
            address = PlatformUser.Address(
                firstNameSHA256: firstNameSHA256, lastNameSHA256: lastNameSHA256,
                country: country, postalCode: postalCode)
        }
        return PlatformUser(
            emailSHA256: emailSHA256, phoneSHA256: phoneSHA256, address: address)
    }
}

extension Destination.Address {
    /// As the platform's client takes it.
    var platform: DestinationAddress {
        DestinationAddress(
            operatingAccount: customer, loginAccount: loginCustomer, conversionAction: action)
    }
}
