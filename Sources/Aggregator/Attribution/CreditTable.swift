package import Store
package import Tenancy
import Time
import Timeline

/// What each touch got of each conversion, as of its newest version. Table `credit`: Attribution.
package struct CreditTable {
    private let tenant: TenantTransaction

    /// Works in one organization's transaction.
    package init(_ tenant: TenantTransaction) { self.tenant = tenant }

    /// Puts these credits in the place of all that the conversion had; none for a conversion that is
    /// no longer attributed, or is deleted.
    /// - Parameter conversion: its short number.
    /// - Returns: Whether anything differs from before; where nothing does, nothing is written.
    @discardableResult
    package func replace(
        _ credits: [Credit], of conversion: Int64
    ) throws(StoreFault) -> Bool {
        let before = try self.credits(of: conversion)
        guard before != credits else { return false }
        if !before.isEmpty { try tenant.run(Self.delete, .integer(conversion)) }
        for credit in credits { try insert(credit, of: conversion) }
        return true
    }

    /// The conversion's credits by (time, touch); none when it is unattributed.
    package func credits(of conversion: Int64) throws(StoreFault) -> [Credit] {
        let rows = try tenant.all(Self.select, .integer(conversion), make: Self.credit)
        let credits = rows.compactMap(\.self)
        guard credits.count == rows.count else {
            throw StoreFault("read the credits of a conversion", kind: .statement)
        }
        return credits
    }

    private func insert(_ credit: Credit, of conversion: Int64) throws(StoreFault) {
        func micros(_ model: CreditModel) -> SQLValue { .integer(credit[model].micros) }
        func billionths(_ model: CreditModel) -> SQLValue { .integer(credit[model].billionths) }
        try tenant.run(
            Self.insert, .integer(conversion), .bytes(credit.touch.bytes), .timestamp(credit.at),
            .text(credit.kind.rawValue), .text(credit.channel.name), .text(credit.traffic.source),
            .text(credit.traffic.medium), .text(credit.traffic.campaign),
            micros(.lastTouch), billionths(.lastTouch),
            micros(.lastNonDirect), billionths(.lastNonDirect),
            micros(.lastAdClick), billionths(.lastAdClick),
            micros(.firstTouch), billionths(.firstTouch), micros(.linear), billionths(.linear),
            micros(.positionBased), billionths(.positionBased),
            micros(.timeDecay), billionths(.timeDecay))
    }

    /// The shares stand in the models' order, from the eighth column.
    private static func credit(_ row: Row) -> Credit? {
        guard let touch = DerivedID(bytes: row.bytes(0)),
            let kind = Touch.Kind(rawValue: row.text(2))
        else { return nil }
        let shares = CreditModel.allCases.map { model in
            Credit.Share(
                micros: row.integer(7 + model.place * 2),
                billionths: row.integer(8 + model.place * 2))
        }
        return Credit(
            touch: touch, at: row.timestamp(1), kind: kind, channel: Channel(row.text(3)),
            traffic: TrafficSource(
                source: row.text(4), medium: row.text(5), campaign: row.text(6)),
            shares: shares)
    }

    private static let delete = TenantSQL(
        "DELETE FROM credit WHERE organization = $1 AND conversion = $2")
    private static let select = TenantSQL(
        """
        SELECT touch, at_us, kind, channel, source, medium, campaign,
            last_touch_micros, last_touch_billionths,
            last_non_direct_micros, last_non_direct_billionths,
            last_ad_click_micros, last_ad_click_billionths,
            first_touch_micros, first_touch_billionths, linear_micros, linear_billionths,
            position_based_micros, position_based_billionths,
            time_decay_micros, time_decay_billionths
        FROM credit WHERE organization = $1 AND conversion = $2 ORDER BY at_us, touch
        """)
    private static let insert = TenantSQL(
        """
        INSERT INTO credit (organization, conversion, touch, at_us, kind, channel, source, medium,
            campaign, last_touch_micros, last_touch_billionths,
            last_non_direct_micros, last_non_direct_billionths,
            last_ad_click_micros, last_ad_click_billionths,
            first_touch_micros, first_touch_billionths, linear_micros, linear_billionths,
            position_based_micros, position_based_billionths,
            time_decay_micros, time_decay_billionths)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23)
        """)
}
