/// What orders came to, by the aggregator's word and by the platform's own record, to be held against
/// what the stories say. Pure.
package struct Outcome: Sendable {
    /// A row of `conversions list`.
    package struct Conversion: Sendable, Equatable {
        let site, order, status: String
        let micros: Int64
    }

    /// A row of `uploads list`.
    package struct Upload: Sendable, Equatable {
        let transactionID, state, code: String
        let version: Int
        let micros: Int64
    }

    /// A conversion as the platform has it.
    package struct Recorded: Sendable, Equatable, Decodable {
        let transactionID, currency, click: String
        let micros: Int64
        /// How often its value changed before the verdict on the value before.
        let earlyChanges: Int

        private enum CodingKeys: String, CodingKey {
            case transactionID = "transaction_id"
            case currency, click
            case micros = "value_micros"
            case earlyChanges = "early_changes"
        }
    }

    /// A shop's endings.
    package struct Expected: Sendable {
        let site: String
        let siteID: String
        let endings: [OrderEnding]

        /// - Parameters:
        ///   - site: the canonical name.
        ///   - siteID: what transaction ids begin with.
        package init(site: String, siteID: String, endings: [OrderEnding]) {
            (self.site, self.siteID, self.endings) = (site, siteID, endings)
        }

        func transactionID(of ending: OrderEnding) -> String { "\(siteID).\(ending.orderID)" }
    }

    private let conversions: [Conversion]
    private let uploads: [Upload]
    private let recorded: [Recorded]

    init(conversions: [Conversion], uploads: [Upload], recorded: [Recorded]) {
        self.conversions = conversions
        self.uploads = uploads
        self.recorded = recorded
    }

    /// Reads the rows as the commands print them.
    package init(
        conversionRows: [[String: String]], uploadRows: [[String: String]], recorded: [Recorded]
    ) {
        conversions = conversionRows.map { row in
            Conversion(
                site: row["site"] ?? "", order: row["order"] ?? "", status: row["status"] ?? "",
                micros: row["value_micros"].flatMap { Int64($0) } ?? -1)
        }
        uploads = uploadRows.map { row in
            Upload(
                transactionID: row["transaction_id"] ?? "", state: row["state"] ?? "",
                code: row["code"] ?? "", version: row["version"].flatMap { Int($0) } ?? 0,
                micros: row["value_micros"].flatMap { Int64($0) } ?? -1)
        }
        self.recorded = recorded
    }

    /// Conversions that count.
    package var conversionCount: Int { conversions.count { $0.status == "counted" } }
    /// Conversions that the platform confirmed, whatever their value is by now.
    package var confirmedCount: Int { confirmed.count }
    /// What they are worth now.
    package var valueMicros: Int64 { confirmed.values.reduce(0) { $0 + $1.micros } }
    /// Uploads that are on their way.
    package var movingCount: Int {
        uploads.count { ["due", "sending", "accepted"].contains($0.state) }
    }

    /// How many uploads are in each state, and why, most first.
    package var states: [(state: String, count: Int)] {
        Dictionary(grouping: uploads) { $0.code.isEmpty ? $0.state : "\($0.state): \($0.code)" }
            .map { ($0.key, $0.value.count) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    /// The newest confirmed version of each.
    private var confirmed: [String: Upload] {
        uploads.filter { $0.state == "confirmed" }
            .reduce(into: [:]) { found, upload in
                guard (found[upload.transactionID]?.version ?? 0) < upload.version else { return }
                found[upload.transactionID] = upload
            }
    }

    // MARK: What does not fit

    /// Whether everything that should have reached the platform has, with whatever value.
    package func hasReached(_ expected: [Expected]) -> Bool {
        let confirmed = confirmed
        return movingCount == 0
            && expected.allSatisfy { shop in
                shop.endings.allSatisfy { ending in
                    guard case .holds = ending.platform else { return true }
                    return confirmed[shop.transactionID(of: ending)] != nil
                }
            }
    }

    /// What differs from the stories, in words; empty in a sound run.
    package func differences(from expected: [Expected]) -> [String] {
        expected.flatMap(differences(from:)) + strangers(expected) + disagreements()
    }

    private func differences(from shop: Expected) -> [String] {
        let made = conversions.filter { $0.site == shop.site }
        let byOrder = Dictionary(made.map { ($0.order, $0) }) { first, _ in first }
        let byID = Dictionary(recorded.map { ($0.transactionID, $0) }) { first, _ in first }
        var found: [String] = []
        for ending in shop.endings {
            let name = "order \(ending.orderName) of \(shop.site) (\(ending.story.rawValue))"
            let conversion = byOrder["id:\(ending.orderID)"]
            if !ending.conversion.fits(conversion) {
                found.append("\(name) came to \(Self.text(conversion)), not \(ending.conversion)")
            }
            let record = byID[shop.transactionID(of: ending)]
            if !ending.platform.fits(record) {
                found.append(
                    "\(name): the platform has \(Self.text(record)), not \(ending.platform)")
            }
            // A click may come after the upload, but never another one.
            if let click = record?.click, !click.isEmpty, click != ending.click {
                found.append("\(name) was sent with a click that is not its own")
            }
        }
        if byOrder.count < made.count { found.append("an order of \(shop.site) is counted twice") }
        return found
    }

    /// What the platform has and nobody told.
    private func strangers(_ expected: [Expected]) -> [String] {
        let known = Set(expected.flatMap { shop in shop.endings.map(shop.transactionID(of:)) })
        return recorded.filter { !known.contains($0.transactionID) }
            .map { "the platform has \($0.transactionID), which no story tells of" }
    }

    /// Where the platform's record and our own books differ.
    private func disagreements() -> [String] {
        let confirmed = confirmed
        var found: [String] = []
        for record in recorded {
            let own = confirmed[record.transactionID]?.micros
            if own != record.micros {
                found.append(
                    """
                    \(record.transactionID): the platform has \(record.micros), \
                    we know \(own.map(String.init) ?? "nothing") as confirmed
                    """)
            }
            if record.earlyChanges > 0 {
                found.append("\(record.transactionID) was changed before it was confirmed")
            }
        }
        if confirmed.count > recorded.count {
            found.append("we call more conversions confirmed than the platform has")
        }
        return found
    }

    private static func text(_ conversion: Conversion?) -> String {
        conversion.map { "\($0.status) with \($0.micros)" } ?? "nothing"
    }

    private static func text(_ record: Recorded?) -> String {
        record.map { "one of \($0.micros) \($0.currency)" } ?? "nothing"
    }
}

extension OrderEnding.Conversion {
    fileprivate func fits(_ conversion: Outcome.Conversion?) -> Bool {
        switch self {
        case .none: conversion == nil
        case .counted(let micros):
            conversion?.status == "counted" && conversion?.micros == micros
        case .unconfirmed: conversion?.status == "unconfirmed"
        case .withdrawn: conversion?.status == "withdrawn" && conversion?.micros == 0
        }
    }
}

extension OrderEnding.Platform {
    fileprivate func fits(_ record: Outcome.Recorded?) -> Bool {
        switch self {
        case .nothing: record == nil
        case .holds(let micros): record?.micros == micros && record?.currency == "EUR"
        case .nothingOrZero: record?.micros ?? 0 == 0
        }
    }
}
