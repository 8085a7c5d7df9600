package import Time

/// The key of a field: one word for one thing in all logs. A room adds its own by an extension.
package struct LogField: Hashable, Sendable {
    /// The key as it is printed.
    package let name: String

    /// - Parameter name: snake_case, the unit last where there is one: `body_bytes`.
    package init(_ name: StaticString) { self.name = name.description }

    /// The collector's id.
    package static let collector = LogField("collector")
    /// How many events.
    package static let events = LogField("events")
    /// The request's id.
    package static let request = LogField("request_id")
    /// The id of the trace that a request belongs to.
    package static let trace = LogField("trace_id")
    /// The service of this daemon.
    package static let service = LogField("service")
    /// What was being done when it failed.
    package static let operation = LogField("operation")
    /// Why it failed, in our own words.
    package static let cause = LogField("cause")
    /// What the operator can do.
    package static let remedy = LogField("remedy")
    /// A code out of a list of ours.
    package static let code = LogField("code")
    /// A file's or directory's path.
    package static let path = LogField("path")
    /// The program's version.
    package static let version = LogField("version")
    /// How often the line was held back since it last stood here.
    package static let repeated = LogField("repeated")
}

/// Keys and values of one line, in the order written.
package typealias LogFields = KeyValuePairs<LogField, any LogValue>

/// What may stand as a field's value: text of ours, numbers, times. Text is cut at 500 bytes, and
/// never comes from a client.
package protocol LogValue: Sendable {
    /// The value in printable form.
    var logged: LoggedValue { get }
}

/// A field's value in printable form.
package enum LoggedValue: Sendable, Hashable {
    /// Quoted where needed; tells lines apart.
    case text(String)
    /// Printed bare; does not tell lines apart.
    case bare(String)
}

extension String: LogValue {
    /// The text itself.
    package var logged: LoggedValue { .text(self) }
}

extension StaticString: LogValue {
    /// The text itself.
    package var logged: LoggedValue { .text(description) }
}

extension Int: LogValue {
    /// Decimal digits.
    package var logged: LoggedValue { .bare(description) }
}

extension Int64: LogValue {
    /// Decimal digits.
    package var logged: LoggedValue { .bare(description) }
}

extension UInt64: LogValue {
    /// Decimal digits.
    package var logged: LoggedValue { .bare(description) }
}

extension Double: LogValue {
    /// The shortest decimal form; 0 for what is no number.
    package var logged: LoggedValue { .bare(isFinite ? description : "0") }
}

extension Bool: LogValue {
    /// `true` or `false`.
    package var logged: LoggedValue { .bare(description) }
}

extension Duration: LogValue {
    /// Milliseconds; the key should end in `_ms`.
    package var logged: LoggedValue { .bare(wholeMilliseconds.description) }
}

extension Timestamp: LogValue {
    /// RFC 3339; as a time, it does not tell lines apart.
    package var logged: LoggedValue { .bare("\"\(description)\"") }
}
