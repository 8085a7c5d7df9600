import Daemon
import Store
import Time

/// One step behind ingest.
protocol Step: Sendable {
    /// What logs and metrics call it.
    static var name: String { get }

    /// Does a bounded part of what waits.
    /// - Returns: whether there was anything to do.
    /// - Throws: a fault; then nothing of the part is kept, and it comes again.
    func turn() async throws -> Bool
}

/// Runs a step, and tells how it fares. A fault ends its turn; the next comes after a rest.
struct StepRunner: Sendable {
    private let step: any Step
    private let name: String
    private let parts: Pipeline.Parts
    private let metrics: PipelineMetrics

    init(_ step: any Step, _ parts: Pipeline.Parts, _ metrics: PipelineMetrics) {
        self.step = step
        name = type(of: step).name
        self.parts = parts
        self.metrics = metrics
    }

    /// - Returns: whether there was anything, and all went well.
    func turn() async -> Bool {
        let start = ContinuousClock.now
        do {
            guard try await step.turn() else { return false }
            metrics.worked(name, in: ContinuousClock.now - start)
            return true
        } catch {
            metrics.failed(name)
            parts.log.error(
                "A step behind ingest failed; it will try again.", service: name, because: error)
            return false
        }
    }
}
