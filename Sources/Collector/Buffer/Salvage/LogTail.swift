import ConveyProtocol
import Daemon
import SQLite
import Time

/// Commits that SQLite cannot reach, since a frame of the log before them is damaged: it would write
/// over them as if they had never been.
extension BufferWriter {
    /// How many frames SQLite reads, where there are commits behind them; else nil.
    func unreachableLog(in file: BufferFile) -> Int? {
        guard let reachable = LogScan.reachable(place.path + "-shm"),
            let log = LogScan(place.path + "-wal"), log.hasCommit(behind: reachable)
        else { return nil }
        return reachable
    }

    /// The events of such commits, by position; the log is copied aside before it is used again.
    func unreachable(in file: BufferFile, _ state: BufferState) -> PerLane<[Chunk]> {
        let none = PerLane<[Chunk]>(repeating: [])
        guard let reachable = unreachableLog(in: file) else { return none }
        let aside = unusedName()
        do throws(SystemFault) {
            try DiskFile.copy(place.path + "-wal", to: aside + "-wal")
        } catch {
            tools.log.error("The damaged log cannot be copied aside.", [.cause: error.cause])
        }
        damagedFiles.append(aside + "-wal")
        var found = none
        var scan = PageScan(tailOf: place.path, behind: reachable)
        while let rows = scan.next() {
            for row in rows where row.first > state.lanes[row.lane].assigned {
                guard lines.unpack(row) != nil,
                    !found[row.lane].contains(where: { $0.first == row.first })
                else { continue }
                found[row.lane].append(row)
            }
        }
        tools.log.error(
            "The buffer's log was damaged; the commits behind are read from its pages.",
            [.path: aside + "-wal"])
        return found.map { $0.sorted { $0.first < $1.first } }
    }

    /// Puts them where they were; what is missing between them becomes a gap.
    func redo(
        _ rows: PerLane<[Chunk]>, in file: BufferFile, _ state: inout BufferState
    ) throws(SQLiteError) {
        for lane in Lane.allCases {
            for row in rows[lane] where row.first > state.lanes[lane].assigned {
                let next = state.lanes[lane].assigned + 1
                if row.first > next {
                    let lost = try file.cover(lane, next...row.first - 1, .damaged)
                    try file.addToGapTotal(lane, .damaged, lost)
                    state.gapsAhead[lane] += lost
                    state.lanes[lane].storedCount += lost
                }
                try file.insert(row)
                state.lanes[lane].assigned = row.last
                state.lanes[lane].storedCount += row.count
            }
        }
    }
}
