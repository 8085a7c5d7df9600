extension QRMatrix {
    /// How hard the code is to read: less is better.
    /// - Source: ISO/IEC 18004:2015, section 7.8.3.
    var penalty: Int {
        let rows = (0..<size).map { y in (0..<size).map { isDark($0, y) } }
        let columns = (0..<size).map { x in (0..<size).map { isDark(x, $0) } }
        let lines = (rows + columns).reduce(0) { $0 + Self.runs($1) + Self.finders($1) }
        return lines + squares(rows) + imbalance(rows)
    }

    /// Five or more of a kind in a line.
    private static func runs(_ line: [Bool]) -> Int {
        var penalty = 0
        var length = 0
        for place in line.indices {
            length = place > 0 && line[place] == line[place - 1] ? length + 1 : 1
            if length == 5 { penalty += 3 } else if length > 5 { penalty += 1 }
        }
        return penalty
    }

    /// What looks like a finder's middle with four light modules beside it.
    private static func finders(_ line: [Bool]) -> Int {
        let finder = [true, false, true, true, true, false, true]
        let light = [Bool](repeating: false, count: 4)
        return (0...line.count - 11).reduce(0) { penalty, start in
            let part = line[start..<start + 11]
            let isFinder = part.elementsEqual(finder + light) || part.elementsEqual(light + finder)
            return penalty + (isFinder ? 40 : 0)
        }
    }

    private func squares(_ rows: [[Bool]]) -> Int {
        var penalty = 0
        for y in 1..<size {
            for x in 1..<size where rows[y][x] == rows[y][x - 1] {
                let isSquare = rows[y - 1][x] == rows[y][x] && rows[y - 1][x - 1] == rows[y][x]
                if isSquare { penalty += 3 }
            }
        }
        return penalty
    }

    /// Ten for each 5 % away from half dark.
    private func imbalance(_ rows: [[Bool]]) -> Int {
        let dark = rows.reduce(0) { $0 + $1.count { $0 } }
        return abs(dark * 20 - size * size * 10) / (size * size) * 10
    }
}
