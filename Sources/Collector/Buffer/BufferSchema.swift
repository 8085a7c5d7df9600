import SQLite

/// The tables of a buffer file. Positions number the events of a lane through the file's whole life;
/// an epoch's seq is the position minus the lane's `base`.
enum BufferSchema {
    /// Kept in the file; a file with a greater one was made by a newer program and is not touched.
    static let version: Int64 = 2

    /// All but `chunk` and `receipt`: they stay small however much waits.
    static let smallTables: [StaticString] = [
        "epoch", "lane", "gap", "refused", "gap_total", "kept", "file", "quarantine",
    ]

    /// `lane`, `refused` and `gap_total` count events for the accounts:
    /// stored = receipted + pending + quarantined + gaps.
    /// `chunk.place` is lane << 54 | first position. Its body is a zstd frame with checksum over
    /// canonical lines, each ended by a line feed. `boot` and `ahead_us` stand while its times rest on
    /// a wall clock that was not yet corrected.
    /// `receipt` holds the chain's value behind positions that a receipt has covered.
    static let statements = """
        CREATE TABLE epoch (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
            parent BLOB CHECK (parent IS NULL OR length(parent) = 16),
            cause TEXT NOT NULL,
            made_at_us INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE lane (
            lane INTEGER PRIMARY KEY CHECK (lane BETWEEN 0 AND 2),
            base INTEGER NOT NULL CHECK (base >= 0),
            parent_last_seq INTEGER NOT NULL CHECK (parent_last_seq >= 0),
            chain_start BLOB NOT NULL CHECK (length(chain_start) = 32),
            assigned INTEGER NOT NULL CHECK (assigned >= receipted),
            receipted INTEGER NOT NULL CHECK (receipted >= base),
            stored_count INTEGER NOT NULL CHECK (stored_count >= 0),
            receipted_count INTEGER NOT NULL CHECK (receipted_count >= 0),
            quarantined_count INTEGER NOT NULL CHECK (quarantined_count >= 0)
        ) STRICT;
        CREATE TABLE chunk (
            place INTEGER PRIMARY KEY,
            last INTEGER NOT NULL,
            oldest_us INTEGER NOT NULL,
            line_bytes INTEGER NOT NULL,
            boot BLOB,
            ahead_us INTEGER CHECK ((ahead_us IS NULL) = (boot IS NULL)),
            body BLOB NOT NULL
        ) STRICT;
        CREATE TABLE gap (
            lane INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL CHECK (last >= first),
            reason TEXT NOT NULL,
            PRIMARY KEY (lane, first)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE receipt (
            lane INTEGER NOT NULL,
            position INTEGER NOT NULL,
            chain BLOB NOT NULL CHECK (length(chain) = 32),
            at_us INTEGER NOT NULL,
            PRIMARY KEY (lane, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE refused (
            epoch INTEGER NOT NULL,
            lane INTEGER NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (epoch, lane, reason)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE gap_total (
            lane INTEGER NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL CHECK (count >= 0),
            PRIMARY KEY (lane, reason)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE kept (
            name TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE file (
            inode INTEGER NOT NULL,
            openings INTEGER NOT NULL
        ) STRICT;
        """ + quarantine

    /// `state` is `aside` while the batch lies in a file only, `waiting` after it was put back into
    /// the line, `returned` when a receipt covers it. `body` is a zstd frame over the lines with their
    /// numbers; kept as long as other events with a receipt. Came with version 2.
    static let quarantine = """
        CREATE TABLE quarantine (
            number INTEGER PRIMARY KEY,
            epoch BLOB NOT NULL CHECK (length(epoch) = 16),
            lane INTEGER NOT NULL CHECK (lane BETWEEN 0 AND 2),
            first_seq INTEGER NOT NULL CHECK (first_seq >= 1),
            last_seq INTEGER NOT NULL CHECK (last_seq >= first_seq),
            count INTEGER NOT NULL CHECK (count >= 0),
            done_seq INTEGER NOT NULL,
            done_count INTEGER NOT NULL CHECK (done_count BETWEEN 0 AND count),
            state TEXT NOT NULL CHECK (state IN ('aside', 'waiting', 'returned')),
            at_us INTEGER NOT NULL,
            line_bytes INTEGER NOT NULL CHECK (line_bytes >= 0),
            body BLOB CHECK (state <> 'waiting' OR body IS NOT NULL),
            UNIQUE (epoch, lane, first_seq)
        ) STRICT;
        PRAGMA user_version = 2;
        """
}
