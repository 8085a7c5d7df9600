import ConveyProtocol
package import Daemon

/// What ingest counts. Made once a program.
package struct IngestMetrics: Sendable {
    let events: Labelled<Counter>
    let batches: Counter
    let refused: Labelled<Counter>
    let faults: Labelled<Counter>
    let findings: Labelled<Counter>
    let readSeconds: Histogram

    /// Declares the metrics.
    package init(_ registry: MetricRegistry) {
        events = registry.counter(
            "convey_ingest_events_total",
            "Numbers of batches that were answered with a receipt, by outcome.",
            labels: ["outcome"])
        batches = registry.counter(
            "convey_ingest_batches_total", "Batches that were answered with a receipt.")
        refused = registry.counter(
            "convey_ingest_refused_batches_total", "Batches that were refused, by problem.",
            labels: ["problem"])
        faults = registry.counter(
            "convey_ingest_store_faults_total",
            "Batches that the database could not store, by kind of fault.", labels: ["kind"])
        findings = registry.counter(
            "convey_ingest_ledger_findings_total",
            "Batches that showed something an operator should look at, by kind.",
            labels: ["kind"])
        readSeconds = registry.histogram(
            "convey_ingest_read_seconds", "Time to open a batch and read every line of it.")
    }

    func count(_ receipt: Receipt) {
        batches.increase()
        events["accepted"].increase(by: receipt.accepted)
        events["duplicate"].increase(by: receipt.duplicate)
        events["rejected"].increase(by: receipt.rejected.count)
        events["gap"].increase(by: Int(receipt.gaps))
        events["replayed"].increase(by: Int(receipt.replayed))
    }
}
