/// How the advertising platform behaves in the demonstration: it takes its time for verdicts, fails now
/// and then in every way that counts, and does not know some clicks.
enum Behaviour {
    private static let faults = """
        "ingest":{"chances":{"throttled":0.05,"unavailable":0.05,"reset":0.05,\
        "answered_but_lost":0.1,"lost_before_commit":0.05,"garbled":0.05},"left":6},\
        "status":{"chances":{"internal":0.1,"reset":0.1},"left":4},\
        "token":{"next":["unavailable"]}
        """

    /// JSON for the double's `behaviour_file`.
    static func json(foreignClicks: [String]) -> String {
        let clicks = foreignClicks.map { #""\#($0)":{"reason":"CLICK_NOT_FOUND"}"# }
        return """
            {"seed":3,"verdict_delay_ms":200,"faults":{\(faults)},\
            "clicks":{\(clicks.joined(separator: ","))}}
            """
    }
}
