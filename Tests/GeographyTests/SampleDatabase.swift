import Foundation

/// Writes small files in the MaxMind DB format, with places that nobody lives in.
/// - Source: "MaxMind DB File Format Specification", version 2.0.
struct SampleDatabase {
    /// A network as its leading bits, IPv4 below `::/96`, and what is said of it.
    private var networks: [(bits: [Bool], data: Value)] = []

    indirect enum Value {
        case text(String)
        case short(UInt16)
        case number(UInt32)
        case long(UInt64)
        case list([Value])
        case map([(String, Value)])
    }

    /// - Parameters:
    ///   - version4: four octets, of which the first `length` bits count.
    mutating func add(_ version4: [UInt8], _ length: Int, _ data: Value) {
        let bits = [Bool](repeating: false, count: 96) + Self.bits(version4).prefix(length)
        networks.append((bits, data))
    }

    /// - Parameters:
    ///   - version6: the first octets of an address.
    mutating func add(version6: [UInt8], _ data: Value) {
        networks.append((Self.bits(version6), data))
    }

    static func place(_ country: String, _ city: String) -> Value {
        .map([
            ("country", .map([("iso_code", .text(country))])),
            ("city", .map([("names", .map([("de", .text("x")), ("en", .text(city))]))])),
        ])
    }

    /// The whole file.
    func bytes(type: String = "Sample-City", builtAt: UInt64 = 1_767_225_600) -> [UInt8] {
        var data: [UInt8] = []
        var nodes = [[Record](repeating: .empty, count: 2)]
        for (bits, value) in networks {
            let offset = data.count
            Self.encode(value, into: &data)
            var node = 0
            for (depth, bit) in bits.enumerated() {
                let side = bit ? 1 : 0
                if depth == bits.count - 1 {
                    nodes[node][side] = .data(offset)
                } else if case .node(let next) = nodes[node][side] {
                    node = next
                } else {
                    nodes[node][side] = .node(nodes.count)
                    node = nodes.count
                    nodes.append([.empty, .empty])
                }
            }
        }
        var file: [UInt8] = []
        for record in nodes.joined() { file += Self.bytes(record.number(nodes.count), 3) }
        file += [UInt8](repeating: 0, count: 16) + data
        file += [0xAB, 0xCD, 0xEF] + Array("MaxMind.com".utf8)
        Self.encode(metadata(type, builtAt, nodes.count), into: &file)
        return file
    }

    private enum Record {
        case empty
        case node(Int)
        case data(Int)

        func number(_ nodes: Int) -> Int {
            switch self {
            case .empty: nodes
            case .node(let number): number
            case .data(let offset): nodes + 16 + offset
            }
        }
    }

    private func metadata(_ type: String, _ builtAt: UInt64, _ nodes: Int) -> Value {
        .map([
            ("binary_format_major_version", .short(2)), ("binary_format_minor_version", .short(0)),
            ("build_epoch", .long(builtAt)), ("database_type", .text(type)),
            ("description", .map([])), ("ip_version", .short(6)), ("languages", .list([])),
            ("node_count", .number(UInt32(nodes))), ("record_size", .short(24)),
        ])
    }

    private static func encode(_ value: Value, into bytes: inout [UInt8]) {
        switch value {
        case .text(let text):
            control(2, text.utf8.count, &bytes)
            bytes += Array(text.utf8)
        case .short(let number):
            control(5, 2, &bytes)
            bytes += self.bytes(Int(number), 2)
        case .number(let number):
            control(6, 4, &bytes)
            bytes += self.bytes(Int(number), 4)
        case .long(let number):
            bytes += [8, 9 - 7]
            bytes += self.bytes(Int(number), 8)
        case .list(let values):
            bytes += [UInt8(values.count), 11 - 7]
            for value in values { encode(value, into: &bytes) }
        case .map(let members):
            control(7, members.count, &bytes)
            for (name, value) in members {
                encode(.text(name), into: &bytes)
                encode(value, into: &bytes)
            }
        }
    }

    private static func control(_ type: UInt8, _ count: Int, _ bytes: inout [UInt8]) {
        if count < 29 {
            bytes.append(type << 5 | UInt8(count))
        } else {
            bytes += [type << 5 | 29, UInt8(count - 29)]
        }
    }

    private static func bytes(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func bits(_ octets: [UInt8]) -> [Bool] {
        octets.flatMap { octet in (0..<8).reversed().map { octet >> $0 & 1 == 1 } }
    }
}
