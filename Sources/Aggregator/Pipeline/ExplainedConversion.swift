import Attribution
import Conversions
import ConveyProtocol
import Definitions
import Destinations
import Sites
import Time
import Timeline

extension Explanation.ConversionView {
    init(
        _ outcome: JudgedOrder.Outcome, _ judged: JudgedOrder, _ sources: ExplanationSources
    ) throws {
        let record = try sources.conversion(of: outcome, judged)
        let (window, level) = outcome.windows.window()
        self.init(
            assignment: outcome.assignment.key, definition: outcome.assignment.definition.name,
            refusal: outcome.refusal(judged.order.state), id: record?.id.description,
            status: record?.status.rawValue, version: record?.version,
            valueMicros: record?.value.micros, currency: record?.value.currency.description,
            model: outcome.model.rawValue, windowDays: window.days,
            windowSetBy: level.rawValue, arrivedAt: record?.arrivedAt.description,
            settledAt: record?.settledAt?.description,
            touches: outcome.standings.map { Explanation.TouchView($0, outcome) },
            versions: try record.map { record in
                try sources.conversions.versions(of: record.number).map {
                    Explanation.VersionView(
                        version: $0.version, at: $0.at.description, cause: $0.cause,
                        status: $0.status.rawValue, valueMicros: $0.value.micros)
                }
            } ?? [],
            uploads: try record.map { try sources.uploads(of: $0.number) } ?? [])
    }
}

extension ExplanationSources {
    /// The conversion as it is kept; nil where there is none, or none yet.
    fileprivate func conversion(
        of outcome: JudgedOrder.Outcome, _ judged: JudgedOrder
    ) throws -> ConversionRecord? {
        guard outcome.value != nil else { return nil }
        return try conversions.conversion(
            ConversionDraft.id(
                site: judged.site.site.id, assignment: outcome.assignment.key,
                identity: judged.order.identity))
    }
}

extension JudgedOrder.Outcome {
    /// Why there is no conversion, in words; nil where there is one.
    fileprivate func refusal(_ state: OrderState) -> String? {
        guard value == nil else { return nil }
        if case .refused(let reason) = match { return "the definition asks for another \(reason)" }
        return switch state {
        case .pending(let status):
            "the order never reached a state that counts; it is \(status ?? "in no state")"
        case .test: "it is a test order"
        case .refundOnly: "only a refund of it is known, no purchase"
        case .counted, .unconfirmed, .withdrawn: nil
        }
    }
}

extension JudgedOrder.Outcome {
    /// The window of the campaign link that a touch came by; nil where another holds.
    fileprivate func linkWindow(of touch: Touch) -> Window? {
        let link = touch.campaignLink.flatMap { linkWindows[$0] }
        let (window, level) = windows.window(link: link)
        return level == .link ? window : nil
    }
}

extension Explanation.TouchView {
    fileprivate init(_ judged: JudgedOrder.Standing, _ outcome: JudgedOrder.Outcome) {
        let touch = judged.touch
        let credit = outcome.credits.first { $0.touch == touch.id }
        var micros: [String: Int64] = [:]
        var billionths: [String: Int64] = [:]
        for model in CreditModel.allCases {
            guard let share = credit?[model], share != .none else { continue }
            micros[model.rawValue] = share.micros
            billionths[model.rawValue] = share.billionths
        }
        self.init(
            id: touch.id.description, at: touch.at.description, timing: touch.timing.rawValue,
            kind: touch.kind.rawValue, channel: touch.channel.name, source: touch.traffic.source,
            medium: touch.traffic.medium, campaign: touch.traffic.campaign,
            clicks: Dictionary(
                touch.clicks.map { ($0.kind.name, $0.value) },
                uniquingKeysWith: { first, _ in first }),
            events: touch.evidence.map(\.description), standing: judged.standing.word,
            because: judged.standing.words, windowDays: outcome.linkWindow(of: touch)?.days,
            micros: micros, billionths: billionths)
    }
}

extension TouchStanding {
    /// One word for programs.
    fileprivate var word: String {
        switch self {
        case .eligible(let verdict), .outside(let verdict): verdict.word
        case .served: "served"
        case .crowdedOut: "crowded_out"
        }
    }

    /// A sentence for people.
    fileprivate var words: String {
        switch self {
        case .eligible(.clockSkew(let by)):
            "\(by.words) after the order by another clock: it counts as a second before it"
        case .eligible(let verdict): "\(verdict.by.words) before the order, inside the window"
        case .outside(.tooOld(let by)): "\(by.words) older than the window allows"
        case .outside(let verdict): "\(verdict.by.words) after the order"
        case .served(let time): "it served the order of \(time) already"
        case .crowdedOut: "too many newer touches are inside the window"
        }
    }
}

extension Duration {
    /// As people say it, in the two largest units: `8 d 4 h`, `12 min 3 s`.
    var words: String {
        let (seconds, attoseconds) = components
        guard seconds > 0 else { return "\(attoseconds / 1_000_000_000_000_000) ms" }
        let units: [(Int64, String)] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")]
        var rest = seconds
        var parts: [String] = []
        for (size, name) in units {
            if rest >= size { parts.append("\(rest / size) \(name)") }
            rest %= size
        }
        return parts.prefix(2).joined(separator: " ")
    }
}

extension ExplanationSources {
    /// The uploads of a conversion, to every destination, by version.
    fileprivate func uploads(of conversion: Int64) throws -> [Explanation.UploadView] {
        try UploadRecords(tenant, verdicts).ofConversion(conversion)
            .map { Explanation.UploadView($0) }
    }
}

extension Explanation.UploadView {
    fileprivate init(_ upload: UploadRecord) {
        self.init(
            destination: upload.destination, state: upload.state.rawValue,
            version: upload.version, transactionID: upload.transactionID,
            value: upload.value, currency: upload.currency, code: upload.code,
            because: upload.words, remedy: upload.remedy, until: upload.until?.description,
            click: upload.click, consent: upload.consent?.rawValue,
            hasPersonalData: upload.hasPersonalData,
            attempts: upload.attempts.map { attempt in
                Explanation.AttemptView(
                    at: attempt.at.description, what: attempt.kind.rawValue,
                    outcome: attempt.outcome, requestID: attempt.platformID,
                    httpStatus: attempt.httpStatus, code: attempt.code,
                    latencyMs: attempt.latencyMicroseconds / 1000)
            })
    }
}
