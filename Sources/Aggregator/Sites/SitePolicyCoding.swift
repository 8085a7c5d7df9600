import ConveyProtocol
import FoundationEssentials
import Time

/// A policy as its table holds it. What is left out has its default, so that a policy kept by an
/// older program reads well.
extension SitePolicy: Codable {
    private enum Key: String, CodingKey {
        case countingStates = "counting_states"
        case confirmation
        case unknownConsent = "unknown_consent"
        case grace = "grace_s"
        case windowDays = "window_days"
        case model
        case halfLifeDays = "half_life_days"
        case firstPercent = "first_percent"
        case lastPercent = "last_percent"
        case resetsOnConversion = "reset_on_conversion"
        case creditsDirect = "credit_direct"
    }

    /// Reads what `encode` wrote.
    package init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: Key.self)
        countingStates = try values.decodeIfPresent([String].self, forKey: .countingStates)
        confirmation = try values.decodeIfPresent(Confirmation.self, forKey: .confirmation)
        unknownConsent =
            try values.decodeIfPresent(UnknownConsent.self, forKey: .unknownConsent)
            ?? unknownConsent
        grace = try values.decodeIfPresent(Int64.self, forKey: .grace).map { .seconds($0) } ?? grace
        windowDays = try values.decodeIfPresent(Int.self, forKey: .windowDays)
        model = try values.decodeIfPresent(Model.self, forKey: .model) ?? model
        sharing.halfLifeDays =
            try values.decodeIfPresent(Int.self, forKey: .halfLifeDays) ?? sharing.halfLifeDays
        sharing.positionPercents = PositionPercents(
            first: try values.decodeIfPresent(Int.self, forKey: .firstPercent) ?? 40,
            last: try values.decodeIfPresent(Int.self, forKey: .lastPercent) ?? 40)
        sharing.resetsOnConversion =
            try values.decodeIfPresent(Bool.self, forKey: .resetsOnConversion) ?? false
        sharing.creditsDirect =
            try values.decodeIfPresent(Bool.self, forKey: .creditsDirect) ?? false
    }

    /// Writes what is not nil.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encodeIfPresent(countingStates, forKey: .countingStates)
        try values.encodeIfPresent(confirmation, forKey: .confirmation)
        try values.encode(unknownConsent, forKey: .unknownConsent)
        try values.encode(grace.components.seconds, forKey: .grace)
        try values.encodeIfPresent(windowDays, forKey: .windowDays)
        try values.encode(model, forKey: .model)
        try values.encode(sharing.halfLifeDays, forKey: .halfLifeDays)
        try values.encode(sharing.positionPercents.first, forKey: .firstPercent)
        try values.encode(sharing.positionPercents.last, forKey: .lastPercent)
        try values.encode(sharing.resetsOnConversion, forKey: .resetsOnConversion)
        try values.encode(sharing.creditsDirect, forKey: .creditsDirect)
    }

    /// The text that the table holds.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// Reads the text that the table holds.
    init(json text: String) throws {
        self = try JSONDecoder().decode(SitePolicy.self, from: Data(text.utf8))
    }
}
