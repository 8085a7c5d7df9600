import Daemon
import Geography
import Time

extension Geography {
    /// Puts the operator's file in force and says which; a file that cannot be used takes nothing away,
    /// since no shop should stop for it.
    func load(saying log: Log) {
        do {
            let edition = try reload()
            let builtAt = Timestamp(microseconds: edition.builtAt.multipliedWithoutOverflow)
            log.notice(
                "A geography file is in force.",
                [LogField("type"): edition.type, LogField("built_at"): builtAt.description])
        } catch {
            log.error("The geography file was not taken.", service: "geography", because: error)
        }
    }
}

extension Int64 {
    /// Seconds in microseconds; a date that no calendar has becomes the last that fits.
    fileprivate var multipliedWithoutOverflow: Int64 {
        Swift.min(self, 253_402_300_799) * 1_000_000
    }
}
