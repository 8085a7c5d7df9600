internal import JSON

/// Writing `data`: the sender's own members, and those of the event that the schema does not name.
extension EventBody {
    mutating func writeData(
        _ parts: SenderParts, to writer: inout JSONWriter
    ) throws(EventFault) {
        let data = parts[.data]
        if let data, data.kind != .object { throw .at(.data, .wrongType) }
        guard data?.count ?? 0 > 0 || parts.hasExtras || !invalidClicks.isEmpty else { return }
        let start = writer.bytes.count
        writer.key("data")
        try writer.object { writer throws(EventFault) in
            var names = DataNames()
            if let members = data?.object {
                for (key, value) in members where !Self.isReserved(key) {
                    try writeMember(key, value, &names, depth: 2, to: &writer)
                }
            }
            if parts.hasExtras {
                try writeExtras(of: parts.root, data, &names, to: &writer)
            }
            try writeInvalidClicks(to: &writer)
        }
        guard writer.bytes.count - start - 8 <= EventSchema.dataBytesMax else {
            throw .at(.data, .tooLarge)
        }
    }

    private static func isReserved(_ key: JSONElement) -> Bool { key == "invalid_click_ids" }

    private mutating func writeExtras(
        of root: JSONElement, _ data: JSONElement?, _ names: inout DataNames,
        to writer: inout JSONWriter
    ) throws(EventFault) {
        guard let members = root.object else { return }
        for (key, value) in members where SenderParts.isExtra(key) && !Self.isReserved(key) {
            guard !value.isNull, let name = key.string, data?[name] == nil else { continue }
            try writeMember(key, value, &names, depth: 2, to: &writer)
        }
    }

    private mutating func writeMember(
        _ key: JSONElement, _ value: JSONElement, _ names: inout DataNames, depth: Int,
        to writer: inout JSONWriter
    ) throws(EventFault) {
        if context.isOptedOut, key.withUTF8(ClickIDScrubber.isName) ?? false { return }
        if DataNames.isPlain(key) {
            writer.key(key)
        } else if let name = names.replacement(for: key) {
            writer.key(name)
        } else {
            throw .at(.data, .invalidValue)
        }
        try writeAny(value, depth: depth, to: &writer)
    }

    /// - Parameter depth: The level that the value would have as an object; `data` itself has 1.
    private mutating func writeAny(
        _ value: JSONElement, depth: Int, to writer: inout JSONWriter
    ) throws(EventFault) {
        switch value.kind {
        case .object, .array:
            guard depth <= EventSchema.dataDepthMax else { throw .at(.data, .tooDeep) }
            try writeNested(value, depth: depth, to: &writer)
        case .string, .integer, .unsigned, .double, .bool, .null:
            try scalar(value, at: { "/data" }, to: &writer)
        }
    }

    private mutating func writeNested(
        _ value: JSONElement, depth: Int, to writer: inout JSONWriter
    ) throws(EventFault) {
        if let members = value.object {
            try writer.object { writer throws(EventFault) in
                var names = DataNames()
                for (key, value) in members {
                    try writeMember(key, value, &names, depth: depth + 1, to: &writer)
                }
            }
        } else if let elements = value.array {
            try writer.array { writer throws(EventFault) in
                for element in elements {
                    try writeAny(element, depth: depth + 1, to: &writer)
                }
            }
        }
    }

    private mutating func writeInvalidClicks(
        to writer: inout JSONWriter
    ) throws(EventFault) {
        guard !invalidClicks.isEmpty else { return }
        let clicks = invalidClicks
        writer.key("invalid_click_ids")
        try writer.object { writer throws(EventFault) in
            for (name, value) in clicks {
                guard value.kind == .string else {
                    throw EventFault(.wrongType, at: "/click/\(name)")
                }
                writer.key(name)
                try text(value, 512, .scrubbed, { "/data/invalid_click_ids/\(name)" }, &writer)
            }
        }
    }
}

/// Decides under which name a custom member is written.
struct DataNames {
    private var replaced = 0

    /// Whether a name can stay: short, printable, without a person's address in it, and not of the
    /// form of a replacement, which then could stand twice.
    static func isPlain(_ key: JSONElement) -> Bool {
        key.withUTF8 { name in
            guard name.count <= EventSchema.dataNameBytesMax, !isReplacement(name) else {
                return false
            }
            for index in name.indices {
                if TextRule.isControl(name[index]) || name[index] == UInt8(ascii: "@") {
                    return false
                }
            }
            return true
        } ?? false
    }

    /// Another name for one that cannot stay; nil for one that cannot be used at all.
    mutating func replacement(for key: JSONElement) -> String? {
        let isUsable: Bool? = key.withUTF8 { name in
            name.count <= EventSchema.dataNameBytesMax && TextRule.isPrintable(name)
        }
        guard isUsable == true else { return nil }
        replaced += 1
        return "[email-\(replaced)]"
    }

    private static func isReplacement(_ name: Span<UInt8>) -> Bool {
        name.count > 7 && name[0] == UInt8(ascii: "[") && name[1] == UInt8(ascii: "e")
            && name[2] == UInt8(ascii: "m") && name[3] == UInt8(ascii: "a")
            && name[4] == UInt8(ascii: "i") && name[5] == UInt8(ascii: "l")
            && name[6] == UInt8(ascii: "-")
    }
}
