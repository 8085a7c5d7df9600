import Time

/// What a configuration key takes: how its text is read, checked, printed and described.
package struct ConfigurationKind<Value: Sendable>: Sendable {
    /// What the reference says, as `a length of time, 1s to 1h`.
    let sentence: String
    let isList: Bool
    let isOptional: Bool
    /// Reads the texts of one setting: exactly one, or any number for a list.
    let read: @Sendable ([String]) throws(ConfigurationProblem.Reason) -> Value
    let write: @Sendable (Value) -> [String]

    /// A kind of one text; for other rooms that have types of their own.
    /// - Parameters:
    ///   - sentence: what it takes, as `a path`.
    ///   - write: the text that `read` reads as the value.
    package init(
        _ sentence: String,
        read: @escaping @Sendable (String) throws(ConfigurationProblem.Reason) -> Value,
        write: @escaping @Sendable (Value) -> String
    ) {
        self.sentence = sentence
        isList = false
        isOptional = false
        self.read = { texts throws(ConfigurationProblem.Reason) in try read(texts.first ?? "") }
        self.write = { [write($0)] }
    }

    private init(
        sentence: String, isList: Bool, isOptional: Bool,
        read: @escaping @Sendable ([String]) throws(ConfigurationProblem.Reason) -> Value,
        write: @escaping @Sendable (Value) -> [String]
    ) {
        self.sentence = sentence
        self.isList = isList
        self.isOptional = isOptional
        self.read = read
        self.write = write
    }

    /// The kind, or nothing: the key may be left out, and then is nil.
    package static func optional<Inner>(
        _ kind: ConfigurationKind<Inner>
    ) -> ConfigurationKind<Inner?> where Value == Inner? {
        ConfigurationKind<Inner?>(
            sentence: kind.sentence, isList: kind.isList, isOptional: true,
            read: { texts throws(ConfigurationProblem.Reason) in try kind.read(texts) },
            write: { $0.map(kind.write) ?? [] })
    }

    /// Any number of the kind, up to a limit; in the environment separated by commas.
    package static func list<Inner>(
        of kind: ConfigurationKind<Inner>, countMax: Int = 100
    ) -> ConfigurationKind<[Inner]> where Value == [Inner] {
        ConfigurationKind<[Inner]>(
            sentence: "a list of up to \(countMax), each \(kind.sentence)", isList: true,
            isOptional: false,
            read: { texts throws(ConfigurationProblem.Reason) in
                guard texts.count <= countMax else {
                    throw .outOfRange("at most \(countMax) entries")
                }
                var values: [Inner] = []
                for text in texts { values.append(try kind.read([text])) }
                return values
            },
            write: { $0.flatMap(kind.write) })
    }
}

extension ConfigurationKind where Value == Int {
    /// A number of bytes: digits, also with KiB, MiB or GiB behind them.
    package static func bytes(_ range: ClosedRange<Int>) -> Self {
        Self("bytes, \(ByteCount.write(range.lowerBound)) to \(ByteCount.write(range.upperBound))")
        {
            text throws(ConfigurationProblem.Reason) in
            guard let count = ByteCount.read(text) else {
                throw .malformed("a number of bytes, as 65536 or 64KiB")
            }
            return try checked(count, range, ByteCount.write)
        } write: {
            ByteCount.write($0)
        }
    }

    /// A whole number.
    package static func integer(_ range: ClosedRange<Int>) -> Self {
        Self("a whole number, \(range.lowerBound) to \(range.upperBound)") {
            text throws(ConfigurationProblem.Reason) in
            guard let number = Int(text) else { throw .malformed("a whole number") }
            return try checked(number, range, \.description)
        } write: {
            $0.description
        }
    }
}

extension ConfigurationKind where Value == Duration {
    /// A length of time: digits and `ms`, `s`, `m`, `h` or `d`.
    package static func duration(_ range: ClosedRange<Duration>) -> Self {
        let bounds =
            "\(DurationText.write(range.lowerBound)) to \(DurationText.write(range.upperBound))"
        return Self("a length of time, \(bounds)") { text throws(ConfigurationProblem.Reason) in
            guard let duration = DurationText.read(text) else {
                throw .malformed("a length of time, as 500ms, 30s, 5m, 2h or 3d")
            }
            return try checked(duration, range, DurationText.write)
        } write: {
            DurationText.write($0)
        }
    }
}

extension ConfigurationKind where Value == String {
    /// Text on one line.
    package static func text(bytesMax: Int = 1000) -> Self {
        Self("text of up to \(bytesMax) bytes") { text throws(ConfigurationProblem.Reason) in
            guard !text.isEmpty, text.utf8.count <= bytesMax,
                text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
            else { throw .malformed("text of 1 to \(bytesMax) bytes on one line") }
            return text
        } write: {
            $0
        }
    }

    /// A path; a relative one is taken from the directory in which the program starts.
    package static var path: Self {
        Self("a path") { text throws(ConfigurationProblem.Reason) in
            guard !text.isEmpty, text.utf8.count <= 1024, !text.utf8.contains(0) else {
                throw .malformed("a path of 1 to 1024 bytes")
            }
            return text
        } write: {
            $0
        }
    }
}

extension ConfigurationKind where Value == Bool {
    /// `true` or `false`, nothing else: YAML's `yes` and `on` mean different things to different
    /// readers.
    package static var bool: Self {
        Self("true or false") { text throws(ConfigurationProblem.Reason) in
            switch text {
            case "true": true
            case "false": false
            default: throw .malformed("true or false")
            }
        } write: {
            $0.description
        }
    }
}

extension ConfigurationKind
where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the enum's names.
    package static var choice: Self {
        let names = Value.allCases.map(\.rawValue)
        return Self("one of \(names.joined(separator: ", "))") {
            text throws(ConfigurationProblem.Reason) in
            guard let value = Value(rawValue: text) else {
                throw .malformed("one of \(names.joined(separator: ", "))")
            }
            return value
        } write: {
            $0.rawValue
        }
    }
}

extension ConfigurationKind where Value == Secret {
    /// The path of a file that holds a secret of up to 64 KiB; a newline at its end is not part of it.
    package static var secretFile: Self {
        Self("the path of a file that holds the secret") {
            path throws(ConfigurationProblem.Reason) in
            var bytes: [UInt8]
            do throws(SystemFault) {
                bytes = try BoundedFile.read(path, bytesMax: 65_536)
            } catch {
                throw .unreadable(error)
            }
            while let last = bytes.last, last == 10 || last == 13 { bytes.removeLast() }
            guard !bytes.isEmpty else { throw .malformed("a file that is not empty") }
            return Secret(String(decoding: bytes, as: UTF8.self))
        } write: { _ in
            "***"
        }
    }
}

private func checked<Value: Comparable>(
    _ value: Value, _ range: ClosedRange<Value>, _ write: (Value) -> String
) throws(ConfigurationProblem.Reason) -> Value {
    guard range.contains(value) else {
        throw .outOfRange("\(write(range.lowerBound)) to \(write(range.upperBound))")
    }
    return value
}
