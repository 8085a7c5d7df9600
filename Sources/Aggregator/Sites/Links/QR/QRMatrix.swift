/// The modules of a QR code: first the patterns that every reader looks for, then the data around them.
/// - Source: ISO/IEC 18004:2015, sections 6.3 and 7.7 to 7.10.
struct QRMatrix: Equatable {
    let size: Int
    private var modules: [Bool]
    private var isPattern: [Bool]

    /// Draws the patterns; the data's place is empty.
    init(_ version: QRVersion) {
        size = version.size
        modules = Array(repeating: false, count: size * size)
        isPattern = modules
        for place in 0..<size {
            draw(6, place, place.isMultiple(of: 2))
            draw(place, 6, place.isMultiple(of: 2))
        }
        for (x, y) in [(3, 3), (size - 4, 3), (3, size - 4)] { drawFinder(x, y) }
        drawAlignment(version.alignment)
        if version.number >= 7 { drawVersion(version.number) }
        drawFormat(mask: 0)
    }

    func isDark(_ x: Int, _ y: Int) -> Bool { modules[y * size + x] }

    /// The code with its data under one of the eight masks.
    func filled(with data: [UInt8], mask: Int) -> QRMatrix {
        var filled = self
        filled.place(data)
        filled.invert(mask)
        filled.drawFormat(mask: mask)
        return filled
    }

    // MARK: Patterns

    private mutating func draw(_ x: Int, _ y: Int, _ isDark: Bool) {
        modules[y * size + x] = isDark
        isPattern[y * size + x] = true
    }

    /// Three squares around a middle, and light around them.
    private mutating func drawFinder(_ middleX: Int, _ middleY: Int) {
        for y in middleY - 4...middleY + 4 where (0..<size).contains(y) {
            for x in middleX - 4...middleX + 4 where (0..<size).contains(x) {
                let distance = max(abs(x - middleX), abs(y - middleY))
                draw(x, y, distance != 2 && distance != 4)
            }
        }
    }

    private mutating func drawAlignment(_ middles: [Int]) {
        guard let first = middles.first, let last = middles.last else { return }
        let corners = [(first, first), (first, last), (last, first)]
        for middleY in middles {
            for middleX in middles where !corners.contains(where: { $0 == (middleX, middleY) }) {
                for y in -2...2 {
                    for x in -2...2 {
                        draw(middleX + x, middleY + y, max(abs(x), abs(y)) != 1)
                    }
                }
            }
        }
    }

    /// Correction M and the mask, twice, with ten bits of correction of their own.
    private mutating func drawFormat(mask: Int) {
        let bits = Self.corrected(mask, by: 0x537, degree: 10) ^ 0x5412
        let bit = { (place: Int) in bits >> place & 1 == 1 }
        for place in 0...5 { draw(8, place, bit(place)) }
        for (place, (x, y)) in zip(6...8, [(8, 7), (8, 8), (7, 8)]) { draw(x, y, bit(place)) }
        for place in 9...14 { draw(14 - place, 8, bit(place)) }
        for place in 0...7 { draw(size - 1 - place, 8, bit(place)) }
        for place in 8...14 { draw(8, size - 15 + place, bit(place)) }
        draw(8, size - 8, true)
    }

    private mutating func drawVersion(_ number: Int) {
        let bits = Self.corrected(number, by: 0x1F25, degree: 12)
        for place in 0..<18 {
            let (along, across) = (size - 11 + place % 3, place / 3)
            let isDark = bits >> place & 1 == 1
            draw(along, across, isDark)
            draw(across, along, isDark)
        }
    }

    private static func corrected(_ number: Int, by divisor: Int, degree: Int) -> Int {
        var rest = number
        for _ in 0..<degree { rest = rest << 1 ^ (rest >> (degree - 1)) * divisor }
        return number << degree | rest
    }

    // MARK: Data

    /// In columns of two, from the lower right corner up, down and up again.
    private mutating func place(_ data: [UInt8]) {
        var next = 0
        for (turn, right) in Self.columns(size).enumerated() {
            for step in 0..<size {
                let y = turn.isMultiple(of: 2) ? size - 1 - step : step
                for x in [right, right - 1] where !isPattern[y * size + x] {
                    guard next < data.count * 8 else { return }
                    modules[y * size + x] = data[next / 8] >> (7 - next % 8) & 1 == 1
                    next += 1
                }
            }
        }
    }

    /// The right column of each two; the upright line of dots belongs to none.
    private static func columns(_ size: Int) -> [Int] {
        Array(stride(from: size - 1, to: 6, by: -2)) + Array(stride(from: 5, to: 0, by: -2))
    }

    private mutating func invert(_ mask: Int) {
        for y in 0..<size {
            for x in 0..<size where !isPattern[y * size + x] && Self.isInverted(x, y, mask) {
                modules[y * size + x].toggle()
            }
        }
    }

    private static func isInverted(_ x: Int, _ y: Int, _ mask: Int) -> Bool {
        switch mask {
        case 0: (x + y) % 2 == 0
        case 1: y % 2 == 0
        case 2: x % 3 == 0
        case 3: (x + y) % 3 == 0
        case 4: (y / 2 + x / 3) % 2 == 0
        case 5: x * y % 2 + x * y % 3 == 0
        case 6: (x * y % 2 + x * y % 3) % 2 == 0
        default: ((x + y) % 2 + x * y % 3) % 2 == 0
        }
    }
}
