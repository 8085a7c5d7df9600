import Synchronization

/// All metrics of a program, and their text for Prometheus.
///
/// Names are `convey_…`, the unit last (`_seconds`, `_bytes`), counters end in `_total`.
package final class MetricRegistry: Sendable {
    /// One number of a metric that is read only when somebody asks.
    package struct Sample: Sendable, Equatable {
        /// Values in the order of the labels.
        package let values: [String]
        /// The number now.
        package let number: Double

        /// - Parameter values: one for each label that was declared.
        package init(_ values: [String] = [], number: Double) {
            self.values = values
            self.number = number
        }
    }

    /// What Prometheus may expect of the numbers.
    package enum Kind: String, Sendable {
        /// Only grows; falls to zero with the process.
        case counter
        /// Rises and falls.
        case gauge
    }

    /// Bounds for lengths of time in seconds: 1 ms to 10 s.
    package static let secondsBounds = [
        0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
    ]

    struct Family: Sendable {
        let name: String
        let help: String
        let type: String
        let lines: @Sendable (inout MetricText) -> Void
    }

    private let families = Mutex<[String: Family]>([:])

    /// Starts empty; a program has one.
    package init() {}

    /// Declares a counter without labels. A name is declared once.
    package func counter(_ name: String, _ help: String) -> Counter {
        counter(name, help, labels: [])[]
    }

    /// Declares a counter for every combination of label values.
    package func counter(_ name: String, _ help: String, labels: [String]) -> Labelled<Counter> {
        let labelled = Labelled(labels: labels) { Counter() }
        declare(name, help, type: "counter") { text in
            for (values, metric) in labelled.all {
                text.sample(name, labels, values, Double(metric.value))
            }
        }
        return labelled
    }

    /// Declares a gauge without labels.
    package func gauge(_ name: String, _ help: String) -> Gauge {
        gauge(name, help, labels: [])[]
    }

    /// Declares a gauge for every combination of label values.
    package func gauge(_ name: String, _ help: String, labels: [String]) -> Labelled<Gauge> {
        let labelled = Labelled(labels: labels) { Gauge() }
        declare(name, help, type: "gauge") { text in
            for (values, metric) in labelled.all { text.sample(name, labels, values, metric.value) }
        }
        return labelled
    }

    /// Declares a histogram without labels.
    package func histogram(
        _ name: String, _ help: String, bounds: [Double] = secondsBounds
    ) -> Histogram {
        histogram(name, help, labels: [], bounds: bounds)[]
    }

    /// Declares a histogram for every combination of label values.
    /// - Parameter bounds: rising; a measure equal to a bound falls under it.
    package func histogram(
        _ name: String, _ help: String, labels: [String], bounds: [Double] = secondsBounds
    ) -> Labelled<Histogram> {
        let labelled = Labelled(labels: labels) { Histogram(bounds: bounds) }
        declare(name, help, type: "histogram") { text in
            for (values, metric) in labelled.all { text.histogram(name, labels, values, metric) }
        }
        return labelled
    }

    /// Declares a metric that is kept elsewhere, as totals in a database: `read` is called for each
    /// scrape, must be quick and must not block.
    package func observe(
        _ kind: Kind, _ name: String, _ help: String, labels: [String] = [],
        read: @escaping @Sendable () -> [Sample]
    ) {
        declare(name, help, type: kind.rawValue) { text in
            for sample in read() { text.sample(name, labels, sample.values, sample.number) }
        }
    }

    /// Everything in Prometheus' text format, in the order of the names. Content type:
    /// `text/plain; version=0.0.4; charset=utf-8`.
    /// - Source: prometheus.io/docs/instrumenting/exposition_formats, text-based format.
    package func text() -> String {
        let sorted = families.withLock { $0.values.sorted { $0.name < $1.name } }
        var text = MetricText()
        for family in sorted {
            text.header(family.name, family.help, family.type)
            family.lines(&text)
        }
        return text.text
    }

    private func declare(
        _ name: String, _ help: String, type: String,
        lines: @escaping @Sendable (inout MetricText) -> Void
    ) {
        precondition((type == "counter") == name.hasSuffix("_total"), "Counters end in _total.")
        let family = Family(name: name, help: help, type: type, lines: lines)
        let previous = families.withLock { $0.updateValue(family, forKey: name) }
        precondition(previous == nil, "A metric is declared once.")
    }
}
