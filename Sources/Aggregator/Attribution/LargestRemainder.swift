/// Splits a whole amount in proportion to weights, in pieces of one unit, so that the parts sum to it.
///
/// Each part first gets the whole units of its exact quota; what is left goes out unit by unit to the
/// largest remainders, equal ones in the order of the weights. What is less than a unit goes as one
/// last piece to the next largest remainder.
/// - Source: docs/attribution.md, “Splitting”.
struct LargestRemainder {
    private var remainders: [UInt64] = []

    /// - Parameters:
    ///   - amount: of either sign; a negative one is split as its magnitude is.
    ///   - unit: 1...1,000,000.
    ///   - weights: their sum times `unit` stays below 2^64; all 0 gives parts of 0.
    ///   - parts: replaced.
    mutating func split(
        _ amount: Int64, unit: Int64, by weights: [UInt64], into parts: inout [Int64]
    ) {
        parts.removeAll(keepingCapacity: true)
        remainders.removeAll(keepingCapacity: true)
        let magnitude = amount.magnitude
        let unit = unit.magnitude
        let sum = weights.reduce(0, +)
        guard sum > 0 else { return parts.append(contentsOf: weights.map { _ in 0 }) }
        var left = magnitude
        for weight in weights {
            guard weight != sum else {
                parts.append(Int64(magnitude))
                remainders.append(0)
                left = 0
                continue
            }
            let product = magnitude.multipliedFullWidth(by: weight)
            let (units, remainder) = (sum * unit).dividingFullWidth(product)
            parts.append(Int64(units * unit))
            remainders.append(remainder)
            left -= units * unit
        }
        handOut(left, unit: unit, to: &parts)
        if amount < 0 { for index in parts.indices { parts[index].negate() } }
    }

    /// There are always more remainders above 0 than whole units left, so a part gets one piece at
    /// most, and a part of weight 0 none.
    private mutating func handOut(_ left: UInt64, unit: UInt64, to parts: inout [Int64]) {
        var left = left
        while left > 0 {
            var largest = 0
            for index in remainders.indices where remainders[index] > remainders[largest] {
                largest = index
            }
            let piece = min(unit, left)
            parts[largest] += Int64(piece)
            remainders[largest] = 0
            left -= piece
        }
    }
}
