import Time

/// Decides which lines are held back as repeats. Knows no clock and no file.
struct LogRepeats {
    static let window: Duration = .seconds(30)
    /// Lines remembered at once. When there are more kinds within 30 s, new ones pass unhindered; but
    /// lines of many subjects are then counted together, so that a crowd cannot flood the log.
    static let keptMax = 1000

    private struct Kept {
        let line: LogLine
        let since: Timestamp
        var heldBack = 0
    }

    private var kept: [String: Kept] = [:]
    private var sweptAt = Timestamp.earliest

    /// The lines to write now that this one came: counts whose time is over, then the line unless it
    /// repeats another.
    mutating func pass(_ line: LogLine, at now: Timestamp) -> [LogLine] {
        var line = line
        let isCrowd = line.subject != nil && kept.count >= Self.keptMax
        if isCrowd, kept[line.identity] == nil { line.subject = nil }
        let identity = line.identity
        if let known = kept[identity], isWithinWindow(known.since, now) {
            kept[identity]?.heldBack += 1
            return sweep(at: now)
        }
        let heldBack = kept.removeValue(forKey: identity)?.heldBack ?? 0
        let counts = sweep(at: now)
        if kept.count < Self.keptMax || isCrowd { kept[identity] = Kept(line: line, since: now) }
        return counts + [line.repeated(heldBack)]
    }

    /// The counts of all lines held back; forgets them.
    mutating func takeAll() -> [LogLine] {
        defer { kept = [:] }
        return counts(of: Array(kept.values))
    }

    /// Forgets what is older than the window, at most once in a window.
    private mutating func sweep(at now: Timestamp) -> [LogLine] {
        guard !isWithinWindow(sweptAt, now) else { return [] }
        sweptAt = now
        let over = kept.filter { !isWithinWindow($0.value.since, now) }
        for identity in over.keys { kept[identity] = nil }
        return counts(of: Array(over.values))
    }

    private func counts(of lines: [Kept]) -> [LogLine] {
        lines.filter { $0.heldBack > 0 }
            .sorted { ($0.since, $0.line.message) < ($1.since, $1.line.message) }
            .map { $0.line.repeated($0.heldBack) }
    }

    /// A clock that was set back ends the window too.
    private func isWithinWindow(_ since: Timestamp, _ now: Timestamp) -> Bool {
        now >= since && now - since < Self.window
    }
}
