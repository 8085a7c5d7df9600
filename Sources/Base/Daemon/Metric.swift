import Synchronization
import Time

/// A number that only grows; raised from any thread.
package final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    /// The total since the process started.
    package var value: Int { count.load(ordering: .relaxed) }

    /// Adds to the total; a few nanoseconds.
    /// - Parameter amount: 0 or more.
    package func increase(by amount: Int = 1) {
        precondition(amount >= 0, "A counter never falls.")
        count.wrappingAdd(amount, ordering: .relaxed)
    }
}

/// A number that rises and falls; set from any thread.
package final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    /// The number set last; 0 at the start.
    package var value: Double {
        get { Double(bitPattern: bits.load(ordering: .relaxed)) }
        set { bits.store(newValue.bitPattern, ordering: .relaxed) }
    }
}

/// How often a measure fell below each of a few bounds.
package final class Histogram: Sendable {
    private struct State {
        var counts: [Int]
        var sum = 0.0
    }

    let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        precondition(!bounds.isEmpty && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Counts one measure.
    package func observe(_ measure: Double) {
        let index = bounds.firstIndex { measure <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += measure
        }
    }

    /// Counts one length of time, in seconds.
    package func observe(_ duration: Duration) { observe(duration.fractionalSeconds) }

    /// Measures so far: below each bound or equal to it, then all; and their sum.
    var snapshot: (cumulative: [Int], sum: Double) {
        state.withLock { state in
            var total = 0
            let cumulative = state.counts.map { count in
                total += count
                return total
            }
            return (cumulative, state.sum)
        }
    }
}

/// One metric for every combination of its labels' values; at most 1,000 of them, what comes later
/// is counted together under the value `other`.
///
/// Label values come from lists of ours, never from a client.
package final class Labelled<Metric: AnyObject & Sendable>: Sendable {
    static var childrenMax: Int { 1000 }

    let labels: [String]
    private let make: @Sendable () -> Metric
    private let children = Mutex<[[String]: Metric]>([:])

    init(labels: [String], make: @escaping @Sendable () -> Metric) {
        self.labels = labels
        self.make = make
    }

    /// The metric of these values, in the order in which the labels were declared; made when new.
    /// Where it counts, keep the result instead of looking it up for every event.
    package subscript(_ values: String...) -> Metric {
        precondition(values.count == labels.count, "Each label has one value.")
        return children.withLock { children in
            if let known = children[values] { return known }
            let key =
                children.count < Self.childrenMax
                ? values : Array(repeating: "other", count: labels.count)
            let metric = children[key] ?? make()
            children[key] = metric
            return metric
        }
    }

    /// Values and metrics, in the order of the values.
    var all: [(values: [String], metric: Metric)] {
        children.withLock { $0.map { ($0.key, $0.value) } }
            .sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }
}
