/// How a connection may use its file.
///
/// Of all connections to one file, in all processes, at most one is the owner. SQLite 3.7.0 to 3.51.2
/// can lose a committed transaction when one connection checkpoints while another writes
/// (sqlite.org/wal.html, the "WAL-reset" fault); with a single owner the two never meet.
package enum OpenMode: Sendable, Equatable {
    /// Writes and checkpoints; makes the file where there is none.
    /// `checkpointPages`: the length of the log, in pages, at which a commit also checkpoints;
    /// 0 leaves that to `checkpoint(_:)`.
    case owner(checkpointPages: Int32 = 4_000)
    /// Reads a file that exists; never checkpoints, not even when it closes.
    case reader
    /// A reader of a damaged file that nobody else uses: reads what there is, also where the file is
    /// shorter than it says.
    case salvage
}
