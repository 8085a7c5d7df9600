package import Stage

extension LedgerBooks {
    /// What all lanes together show, with how often.
    package var findings: [String: Int64] {
        lanes.reduce(into: [:]) { $0.merge($1.findings, uniquingKeysWith: +) }
    }
}
