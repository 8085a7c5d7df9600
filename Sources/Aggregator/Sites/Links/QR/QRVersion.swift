/// A size of QR codes with error correction M, which reads with 15 % of it spoilt.
/// - Source: ISO/IEC 18004:2015, tables 7, 9 and E.1.
struct QRVersion: Equatable {
    /// 1...10.
    let number: Int
    /// How many codewords of data each block has.
    let blocks: [Int]
    /// Codewords of correction behind each block.
    let correction: Int
    /// Where alignment patterns have their middles, both ways.
    let alignment: [Int]

    /// Modules along each side.
    var size: Int { 17 + 4 * number }
    /// Codewords of data.
    var capacity: Int { blocks.reduce(0, +) }
    /// Bits of the number that says how many bytes follow.
    var countBits: Int { number < 10 ? 8 : 16 }
    /// The longest text in bytes: mode and count come before it.
    var bytesMax: Int { (capacity * 8 - 4 - countBits) / 8 }

    /// The smallest for a text; nil above 213 bytes.
    static func fitting(bytes: Int) -> QRVersion? { all.first { $0.bytesMax >= bytes } }

    private static let all: [QRVersion] = [
        QRVersion(number: 1, blocks: [16], correction: 10, alignment: []),
        QRVersion(number: 2, blocks: [28], correction: 16, alignment: [6, 18]),
        QRVersion(number: 3, blocks: [44], correction: 26, alignment: [6, 22]),
        QRVersion(number: 4, blocks: [32, 32], correction: 18, alignment: [6, 26]),
        QRVersion(number: 5, blocks: [43, 43], correction: 24, alignment: [6, 30]),
        QRVersion(number: 6, blocks: [27, 27, 27, 27], correction: 16, alignment: [6, 34]),
        QRVersion(number: 7, blocks: [31, 31, 31, 31], correction: 18, alignment: [6, 22, 38]),
        QRVersion(number: 8, blocks: [38, 38, 39, 39], correction: 22, alignment: [6, 24, 42]),
        QRVersion(
            number: 9, blocks: [36, 36, 36, 37, 37], correction: 22, alignment: [6, 26, 46]),
        QRVersion(
            number: 10, blocks: [43, 43, 43, 43, 44], correction: 26, alignment: [6, 28, 50]),
    ]
}
