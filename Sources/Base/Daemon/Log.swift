import Synchronization
package import Time

/// Writes one line an occurrence: a constant sentence, and fields for what varies.
///
/// A line that repeats another within 30 s is only counted; the next one, or the next line of any
/// kind after the 30 s, tells the count. Two lines are the same when sentence, level and text fields
/// are; numbers and times do not tell them apart. No address, e-mail, token or payload belongs here.
package final class Log: Sendable {
    /// How grave a line is; lines below the log's level are not written.
    package enum Level: String, CaseIterable, Sendable, Comparable {
        /// Data lost, or a person must act.
        case error
        /// Something failed and was recovered.
        case warning
        /// The life of the daemon.
        case notice
        /// For somebody who looks for a cause; nothing per event.
        case debug

        var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

        /// Orders by detail: `error` is least.
        package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
    }

    /// How a line looks.
    package enum Format: String, CaseIterable, Sendable {
        /// One JSON object a line.
        case json
        /// `time level sentence key=value`, for a terminal.
        case text
    }

    private let levelRank: Atomic<Int>
    private let format: Format
    private let clock: any WallClock
    private let write: @Sendable ([UInt8]) -> Void
    private let repeats = Mutex(LogRepeats())

    /// - Parameters:
    ///   - level: the most detailed level that is written.
    ///   - write: takes one whole line with its newline; called from any thread, one call at a time.
    package init(
        level: Level = .notice, format: Format = .json, clock: any WallClock = SystemClock(),
        write: @escaping @Sendable ([UInt8]) -> Void = Log.writeToStandardError
    ) {
        levelRank = Atomic(level.rank)
        self.format = format
        self.clock = clock
        self.write = write
    }

    /// The most detailed level that is written; may change while the daemon runs.
    package var level: Level {
        get { Level.allCases[levelRank.load(ordering: .relaxed)] }
        set { levelRank.store(newValue.rank, ordering: .relaxed) }
    }

    /// Data was lost, or a person must act.
    package func error(_ message: StaticString, _ fields: LogFields = [:]) {
        put(.error, message, fields)
    }

    /// Something failed and was recovered.
    package func warning(_ message: StaticString, _ fields: LogFields = [:]) {
        put(.warning, message, fields)
    }

    /// The daemon's life: started, enrolled, stopped.
    package func notice(_ message: StaticString, _ fields: LogFields = [:]) {
        put(.notice, message, fields)
    }

    /// For somebody who looks for a cause.
    package func debug(_ message: StaticString, _ fields: LogFields = [:]) {
        put(.debug, message, fields)
    }

    /// A line for every request, at `notice` and never held back as a repeat; for access lines only.
    package func access(_ message: StaticString, _ fields: [(LogField, any LogValue)]) {
        guard level >= .notice else { return }
        let line = LogLine(level: .notice, message: message.description, fields: fields.map { $0 })
        repeats.withLock { _ in emit(line, at: clock.now()) }
    }

    /// A line for a request that was refused, at `notice`; what one subject is refused again and again
    /// is counted like any repeat, and those of others do not hide it.
    /// - Parameter subject: who was refused, as a number that is never written.
    package func refusal(
        _ message: StaticString, _ fields: [(LogField, any LogValue)], of subject: Int
    ) {
        guard level >= .notice else { return }
        pass(
            LogLine(
                level: .notice, message: message.description, fields: fields.map { $0 },
                subject: subject))
    }

    /// Writes the counts of lines held back so far; called once before the program ends.
    package func flush() {
        repeats.withLock { repeats in
            let now = clock.now()
            for line in repeats.takeAll() { emit(line, at: now) }
        }
    }

    private func put(_ level: Level, _ message: StaticString, _ fields: LogFields) {
        guard level <= self.level else { return }
        pass(LogLine(level: level, message: message.description, fields: Array(fields)))
    }

    private func pass(_ line: LogLine) {
        repeats.withLock { repeats in
            let now = clock.now()
            for line in repeats.pass(line, at: now) { emit(line, at: now) }
        }
    }

    /// Called under the lock, so that lines stand whole and in order.
    private func emit(_ line: LogLine, at now: Timestamp) {
        write(format == .json ? line.json(at: now) : line.text(at: now))
    }
}
