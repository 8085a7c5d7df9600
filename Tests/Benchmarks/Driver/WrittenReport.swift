/// The report as an earlier run wrote it, perhaps on another machine.
struct WrittenReport {
    /// By the part's name: what stands there, and when it was measured.
    private(set) var sections: [String: (text: String, measuredAt: String)] = [:]
    /// The line on the machine; nil where there is none.
    private(set) var machine: String?

    init(_ text: String) {
        let pieces = text.split(separator: "\n## ", omittingEmptySubsequences: false)
        for piece in pieces.dropFirst() {
            guard let head = piece.split(separator: "\n").dropFirst().first,
                let name = head.split(separator: "`").first?.split(separator: " ").last,
                let time = head.split(separator: ", ").dropFirst().first
            else { continue }
            let whole = "## \(piece)"
            sections[String(name)] = (
                whole.hasSuffix("\n") ? whole : whole + "\n", String(time)
            )
        }
        machine = pieces.first?.split(separator: "\n").first { $0.hasPrefix("**Machine:**") }
            .map(String.init)
    }
}
