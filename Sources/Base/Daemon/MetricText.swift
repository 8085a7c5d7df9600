/// Builds Prometheus' text format.
struct MetricText {
    private(set) var text = ""

    mutating func header(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, _ labels: [String], _ values: [String], _ number: Double) {
        precondition(labels.count == values.count, "Each label has one value.")
        text += name
        if !labels.isEmpty {
            let pairs = zip(labels, values).map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(Self.printed(number))\n"
    }

    mutating func histogram(
        _ name: String, _ labels: [String], _ values: [String], _ metric: Histogram
    ) {
        let (cumulative, sum) = metric.snapshot
        let bounds = metric.bounds.map(Self.printed) + ["+Inf"]
        for (bound, count) in zip(bounds, cumulative) {
            sample(name + "_bucket", labels + ["le"], values + [bound], Double(count))
        }
        sample(name + "_sum", labels, values, sum)
        sample(name + "_count", labels, values, Double(cumulative.last ?? 0))
    }

    private static func printed(_ number: Double) -> String {
        if let whole = Int64(exactly: number) { return whole.description }
        if number.isNaN { return "NaN" }
        return number.isInfinite ? (number > 0 ? "+Inf" : "-Inf") : number.description
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
