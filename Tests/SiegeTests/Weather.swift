import TestSupport

/// How the platform behaves for a while, drawn by seed.
struct Weather: Sendable {
    /// JSON, as the double's control takes it: every member, so that nothing of the time before stays.
    let behaviour: String
    /// One word, for people.
    let name: String

    /// Click ids below this length fail at the platform; those that these tests call whole have 60.
    static let clickLengthMin = 40

    /// Nothing fails any more.
    static func calm(seed: Int) -> Weather {
        Weather("calm", seed: seed, Members())
    }

    /// A storm most of the time, now and then something that concerns the whole account.
    static func draw(actions: [String], generation: Int, by random: inout SeededRandom) -> Weather {
        var members = Members()
        members.generation = generation
        members.delay = [0, 0, 100, 300, 800].randomElement(using: &random) ?? 0
        members.namesRecords = Bool.random(using: &random)
        members.namesFields = Bool.random(using: &random)
        members.refusesDuplicates = Int.random(in: 0..<3, using: &random) == 0
        let seed = Int.random(in: 1...1_000_000_000, using: &random)
        switch Int.random(in: 0..<20, using: &random) {
        case 0: return Weather("calm", seed: seed, members)
        case 1:
            members.takesCredentials = false
            return Weather("credentials refused", seed: seed, members)
        case 2:
            members.refusedAction = actions.randomElement(using: &random)
            members.gusts = 0.1
            return Weather("action refused", seed: seed, members)
        case 3: members.gusts = 0.8
        case 4...9: members.gusts = 0.5
        default: members.gusts = 0.25
        }
        return Weather("storm", seed: seed, members)
    }

    private struct Members {
        /// The chance that a request fails, whichever way.
        var gusts = 0.0
        var delay = 0
        var generation = 0
        var namesRecords = false
        var namesFields = true
        var refusesDuplicates = false
        var takesCredentials = true
        var refusedAction: String?
    }

    private init(_ name: String, seed: Int, _ members: Members) {
        self.name = name
        let refused = members.refusedAction.map {
            #""\#($0)":"INVALID_CONVERSION_ACTION_ID""#
        }
        behaviour = """
            {"seed":\(seed),"faults":{"token":\(Self.script(Self.ofTokens, members.gusts / 2)),\
            "ingest":\(Self.script(Self.ofUploads, members.gusts)),\
            "status":\(Self.script(Self.ofQuestions, members.gusts))},\
            "verdict_delay_ms":\(members.delay),"slow_ms":300,\
            "record_indices":\(members.namesRecords),"field_indices":\(members.namesFields),\
            "refuses_duplicates":\(members.refusesDuplicates),\
            "credentials_valid":\(members.takesCredentials),\
            "token_generation":\(members.generation),"actions":{\(refused ?? "")},\
            "click_length_min":\(Self.clickLengthMin)}
            """
    }

    private static let ofTokens = ["throttled", "internal", "unavailable", "reset", "slow"]
    private static let ofUploads = [
        "throttled", "internal", "unavailable", "unauthorized", "reset", "slow",
        "answered_but_lost", "lost_before_commit", "garbled", "failed_after_commit",
    ]
    private static let ofQuestions = [
        "throttled", "internal", "unavailable", "unauthorized", "reset", "slow",
        "answered_but_lost", "garbled",
    ]

    private static func script(_ faults: [String], _ chance: Double) -> String {
        let each = chance / Double(faults.count)
        return "{\"chances\":{\(faults.map { "\"\($0)\":\(each)" }.joined(separator: ","))}}"
    }
}
