import ConveyProtocol
import Daemon
import SQLite

/// Looks at what lies in quarantine without changing it; for commands, running or not.
package struct QuarantineView {
    /// One batch that was set aside.
    package struct Entry: Equatable, Sendable {
        /// Which numbers it covers.
        package let file: QuarantineFile
        /// Events in it; nil where the buffer does not remember it.
        package let count: Int64?
        /// `aside`, `waiting` for its way back, or `returned`.
        package let state: String
        /// Where it lies.
        package let path: String
        /// What the aggregator answered, as it stands in its file; nil where there is none.
        package let answer: [UInt8]?
    }

    private static let answerBytesMax = 65_536
    private let place: BufferPlace

    /// Names the buffer; nothing is opened.
    package init(_ place: BufferPlace) { self.place = place }

    /// What lies aside first, then what came back, each by name.
    package func entries() throws(BufferFault) -> [Entry] {
        do throws(SQLiteError) {
            let file = try BufferFile(reading: place.path)
            let hasTable = try file.age() == .known
            var entries: [Entry] = []
            for directory in [place.quarantine, place.returned] {
                for name in DiskFile.names(in: directory) {
                    guard let batch = QuarantineFile(named: name) else { continue }
                    let known =
                        hasTable
                        ? try file.quarantined(batch.epoch, batch.lane, from: batch.seqs.lowerBound)
                        : nil
                    entries.append(entry(batch, known, in: directory))
                }
            }
            return entries
        } catch {
            throw BufferFault("look into the quarantine", error)
        }
    }

    private func entry(
        _ batch: QuarantineFile, _ known: QuarantinedBatch?, in directory: String
    ) -> Entry {
        let fallback: QuarantinedBatch.State =
            directory == place.quarantine ? .aside : .returned
        return Entry(
            file: batch, count: known?.count, state: (known?.state ?? fallback).rawValue,
            path: "\(directory)/\(batch.bodyName)",
            answer: answer("\(directory)/\(batch.answerName)"))
    }

    private func answer(_ path: String) -> [UInt8]? {
        do throws(SystemFault) {
            return try BoundedFile.read(path, bytesMax: Self.answerBytesMax)
        } catch {
            return nil
        }
    }
}
