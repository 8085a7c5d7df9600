/// The codewords of a text, in the order in which they stand in the code: bytes, padding and
/// correction, blocks woven into one another.
/// - Source: ISO/IEC 18004:2015, sections 7.4 to 7.6.
struct QRCodewords {
    let bytes: [UInt8]

    /// - Parameter text: at most as long as the version takes.
    init(_ text: [UInt8], _ version: QRVersion) {
        let data = Self.data(text, version)
        var blocks: [ArraySlice<UInt8>] = []
        var start = 0
        for count in version.blocks {
            blocks.append(data[start..<start + count])
            start += count
        }
        let divisor = GaloisField.divisor(degree: version.correction)
        let corrections = blocks.map { GaloisField.remainder(of: $0, by: divisor)[...] }
        bytes = Self.woven(blocks) + Self.woven(corrections)
    }

    /// Byte mode, how many bytes, the bytes, an end, and padding.
    private static func data(_ text: [UInt8], _ version: QRVersion) -> [UInt8] {
        var bits = Bits()
        bits.append(0b0100, count: 4)
        bits.append(text.count, count: version.countBits)
        for byte in text { bits.append(Int(byte), count: 8) }
        bits.append(0, count: min(4, version.capacity * 8 - bits.count))
        var bytes = bits.bytes
        for pad in 0..<version.capacity - bytes.count {
            bytes.append(pad.isMultiple(of: 2) ? 0xEC : 0x11)
        }
        return bytes
    }

    /// The first of each, then the second of each; a longer one's last comes at the end.
    private static func woven(_ blocks: [ArraySlice<UInt8>]) -> [UInt8] {
        let longest = blocks.map(\.count).max() ?? 0
        return (0..<longest).flatMap { place in
            blocks.compactMap { $0.dropFirst(place).first }
        }
    }

    private struct Bits {
        private(set) var bytes: [UInt8] = []
        private(set) var count = 0

        /// The lowest bits of a number, the highest of them first.
        mutating func append(_ number: Int, count new: Int) {
            for place in (0..<new).reversed() {
                if count.isMultiple(of: 8) { bytes.append(0) }
                let bit = UInt8(truncatingIfNeeded: number >> place & 1)
                bytes[count / 8] |= bit << (7 - count % 8)
                count += 1
            }
        }
    }
}

/// Arithmetic on bytes modulo x⁸ + x⁴ + x³ + x² + 1, in which corrections are computed.
enum GaloisField {
    static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var product: UInt8 = 0
        for place in (0..<8).reversed() {
            product = product << 1 ^ (product >> 7) &* 0x1D
            product ^= (right >> place & 1) &* left
        }
        return product
    }

    /// (x − 2⁰)(x − 2¹)… of so many factors, without its first coefficient, which is 1.
    static func divisor(degree: Int) -> [UInt8] {
        var divisor = Array(repeating: UInt8(0), count: degree - 1) + [1]
        var root: UInt8 = 1
        for _ in 0..<degree {
            for place in divisor.indices {
                divisor[place] = product(divisor[place], root)
                if place + 1 < degree { divisor[place] ^= divisor[place + 1] }
            }
            root = product(root, 2)
        }
        return divisor
    }

    static func remainder(of data: ArraySlice<UInt8>, by divisor: [UInt8]) -> [UInt8] {
        var remainder = [UInt8](repeating: 0, count: divisor.count)
        for byte in data {
            let factor = byte ^ remainder.removeFirst()
            remainder.append(0)
            for place in divisor.indices { remainder[place] ^= product(divisor[place], factor) }
        }
        return remainder
    }
}
