import ConveyProtocol

/// Reads the options of one order, each in its kind; nil for one that was not given.
struct OptionReader {
    private let values: [String: String]

    init(_ order: Order) { values = order.values }

    func text(_ option: String) -> String? { values[option] }

    /// Names with commas between; an empty text is an empty list.
    func list(_ option: String) -> [String]? {
        values[option].map { text in text.split(separator: ",").map { String($0) } }
    }

    /// `yes` or `no`.
    func flag(_ option: String) throws(OrderRefusal) -> Bool? {
        switch values[option] {
        case nil: nil
        case "yes": true
        case "no": false
        default: throw .wrongValue(option: "--\(option)", takes: "yes or no")
        }
    }

    func number(_ option: String) throws(OrderRefusal) -> Int? {
        guard let text = values[option] else { return nil }
        guard let number = Int(text) else {
            throw .wrongValue(option: "--\(option)", takes: "a whole number")
        }
        return number
    }

    /// One of the words of a kind.
    func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ option: String
    ) throws(OrderRefusal) -> Value? {
        guard let text = values[option] else { return nil }
        guard let value = Value(rawValue: text) else {
            throw .wrongValue(
                option: "--\(option)",
                takes: Value.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }

    /// A value that a word switches off: the outer nil says that the option was not given.
    func clearable<Value>(
        _ option: String, word: String, takes: String, _ read: (String) -> Value?
    ) throws(OrderRefusal) -> Value?? {
        guard let text = values[option] else { return nil }
        if text == word { return .some(nil) }
        guard let value = read(text) else {
            throw .wrongValue(option: "--\(option)", takes: takes)
        }
        return .some(value)
    }
}
