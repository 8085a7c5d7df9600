import Daemon

/// What came of saving a damaged file by hand.
package struct SalvageResult: Equatable, Sendable {
    /// Events that were stored now.
    package let saved: Int64
    /// Events of the file that had been stored before.
    package let wasSaved: Int64

    /// Also for tests.
    package init(saved: Int64, wasSaved: Int64) {
        self.saved = saved
        self.wasSaved = wasSaved
    }
}

extension Buffer {
    /// Stores what can be read of a damaged file, this buffer's own of another day or any other's, and
    /// waits for the end. Events that were saved of it before are not stored again.
    package func salvage(_ path: String) async throws(BufferFault) -> SalvageResult {
        let before = try await writer.beginSalvage(of: path)
        while statistics.salvagedFile != nil {
            await writer.saveSome()
            guard statistics.condition == .open else { throw .closed("save a damaged buffer") }
        }
        let after = try await writer.savedCount(of: path)
        return SalvageResult(saved: after - before, wasSaved: before)
    }

    /// Reads this buffer's own file whole and, where it is damaged, goes on in a new one with what can
    /// be read. While nobody else uses it: reading takes long.
    /// - Returns: whether it was damaged.
    package func salvageOwn() async throws(BufferFault) -> Bool {
        guard try await writer.isDamaged() else { return false }
        await upkeep()
        while statistics.salvagedFile != nil {
            await writer.saveSome()
            guard statistics.condition == .open else { throw .closed("save a damaged buffer") }
        }
        return true
    }

    /// Begins to store what can be read of a damaged file; `statistics` tells how long that lasts.
    package func beginSalvage(_ path: String) async throws(BufferFault) {
        _ = try await writer.beginSalvage(of: path)
    }
}

/// A small file beside the buffer that says which damaged file is being saved: it outlives both the
/// process and the new file that is still to be made.
struct SalvageNote: Equatable {
    /// The damaged file.
    let path: String
    /// Whether it was this buffer's own: then the new file carries on for it.
    let isOwn: Bool

    private static let bytesMax = 65_536

    private static func file(_ place: BufferPlace) -> String { place.path + "-salvage" }

    static func read(beside place: BufferPlace) -> SalvageNote? {
        do throws(SystemFault) {
            guard BoundedFile.exists(file(place)) else { return nil }
            let text = try BoundedFile.read(file(place), bytesMax: bytesMax)
            let lines = String(decoding: text, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
            guard lines.count >= 2, ["own", "given"].contains(lines[0]) else { return nil }
            return SalvageNote(path: String(lines[1]), isOwn: lines[0] == "own")
        } catch {
            return nil
        }
    }

    func write(beside place: BufferPlace) throws(SystemFault) {
        let text = "\(isOwn ? "own" : "given")\n\(path)\n"
        try BoundedFile.replace(Self.file(place), with: Array(text.utf8))
    }

    static func remove(beside place: BufferPlace) { DiskFile.remove(file(place)) }
}
