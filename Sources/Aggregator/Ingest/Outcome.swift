import ConveyProtocol

/// What became of an event that is not simply accepted.
enum Exception: Equatable, Sendable {
    /// Its id was known; of the copies one counts.
    case duplicate
    /// It lies with the dead letters.
    case rejected(EventFault, id: EventID?)
}

/// The outcomes of a run of numbers: accepted, but for the exceptions.
struct Outcomes: Equatable, Sendable {
    /// By distance from the run's first number, ascending.
    private(set) var exceptions: [(offset: Int, exception: Exception)] = []

    static func == (left: Self, right: Self) -> Bool {
        left.exceptions.elementsEqual(right.exceptions) {
            $0.offset == $1.offset && $0.exception == $1.exception
        }
    }

    /// Adds the next exception; offsets only rise.
    mutating func add(_ exception: Exception, at offset: Int) {
        precondition(exceptions.last.map { $0.offset < offset } ?? true, "Offsets ascend.")
        exceptions.append((offset, exception))
    }

    /// The exceptions of a part of the run, with offsets from the part's start.
    func part(_ offsets: Range<Int>) -> Outcomes {
        var part = Outcomes()
        part.exceptions =
            exceptions.filter { offsets.contains($0.offset) }
            .map { ($0.offset - offsets.lowerBound, $0.exception) }
        return part
    }

    /// How many of each kind a run of so many numbers holds.
    func counts(of numbers: Int) -> OutcomeCounts {
        let duplicate = exceptions.count { $0.exception == .duplicate }
        let rejected = exceptions.count - duplicate
        return OutcomeCounts(
            accepted: numbers - duplicate - rejected, duplicate: duplicate, rejected: rejected)
    }
}

/// Numbers by outcome.
struct OutcomeCounts: Equatable, Sendable {
    var accepted = 0
    var duplicate = 0
    var rejected = 0

    var all: Int { accepted + duplicate + rejected }

    static func += (left: inout Self, right: Self) {
        left.accepted += right.accepted
        left.duplicate += right.duplicate
        left.rejected += right.rejected
    }
}

// MARK: As stored

extension Outcomes {
    /// The bytes of the ledger's column `exceptions`: for each the distance from the one before
    /// (LEB128) and its kind; a rejection adds three texts, each with its length (LEB128) in front.
    var packed: [UInt8] {
        var bytes: [UInt8] = []
        var previous = 0
        for (offset, exception) in exceptions {
            bytes.appendNumber(offset - previous)
            previous = offset
            switch exception {
            case .duplicate: bytes.append(0)
            case .rejected(let fault, let id):
                bytes.append(1)
                bytes.appendText(fault.code.rawValue)
                bytes.appendText(fault.pointer)
                bytes.appendText(id?.description ?? "")
            }
        }
        return bytes
    }

    /// Reads what `packed` wrote; nil for anything else.
    init?(packed bytes: [UInt8]) {
        var reader = PackedReader(bytes: bytes)
        var offset = 0
        while !reader.isAtEnd {
            guard let distance = reader.number(), let kind = reader.byte() else { return nil }
            offset += distance
            guard kind == 1 else {
                exceptions.append((offset, .duplicate))
                continue
            }
            guard let code = reader.text(), let pointer = reader.text(), let id = reader.text()
            else { return nil }
            let fault = EventFault(EventFault.Code(rawValue: code) ?? .unknown, at: pointer)
            exceptions.append((offset, .rejected(fault, id: EventID(id))))
        }
    }
}

private struct PackedReader {
    let bytes: [UInt8]
    var index = 0

    var isAtEnd: Bool { index == bytes.count }

    mutating func byte() -> UInt8? {
        guard index < bytes.count else { return nil }
        defer { index += 1 }
        return bytes[index]
    }

    mutating func number() -> Int? {
        var number = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            guard let byte = byte() else { return nil }
            number |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        return nil
    }

    mutating func text() -> String? {
        guard let count = number(), index + count <= bytes.count else { return nil }
        defer { index += count }
        return String(decoding: bytes[index..<index + count], as: UTF8.self)
    }
}

extension [UInt8] {
    fileprivate mutating func appendNumber(_ number: Int) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    fileprivate mutating func appendText(_ text: String) {
        appendNumber(text.utf8.count)
        append(contentsOf: text.utf8)
    }
}
