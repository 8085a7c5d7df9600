import ConveyProtocol
import Crypto
import Daemon
import Gate
import Sites
import Store
import Time

/// An aggregator's data at the program's schema, and its two keys.
struct Installation: Sendable {
    let store: Store
    let keyring: AggregatorKeyring
    let sealingKey: SealingKey
    let clock: any WallClock

    /// Takes the data with its keys, and makes what a new installation lacks. The schema is the
    /// program's.
    /// - Throws: `StartRefusal` where the sealing key is not the database's.
    static func open(_ data: AggregatorData) async throws -> Installation {
        let (place, now) = (data.place, data.clock.now())
        let sealingKey = try await sealingKey(data)
        let standing = try await data.store.write { transaction in
            try SigningKeyTable(transaction, sealingKey).standing(
                orFirst: { try FormerKeyFiles(place).standing(random: RandomBytes()) }, at: now,
                random: RandomBytes())
        }
        try FormerKeyFiles(place).remove(unlessOf: standing)
        return Installation(
            store: data.store,
            keyring: AggregatorKeyring(standing.key, history: standing.history),
            sealingKey: sealingKey, clock: data.clock)
    }

    /// Reads the signing key again where another process has rotated it.
    /// - Returns: whether it is another one.
    func refreshKeyring() async throws -> Bool {
        let (known, sealing) = (Int64(keyring.keys.history.statements.count) + 1, sealingKey)
        let standing = try await store.read { transaction in
            try SigningKeyTable.count(in: transaction) == known
                ? nil : SigningKeyTable(transaction, sealing).standing()
        }
        guard let standing else { return false }
        keyring.use(standing.key, history: standing.history)
        return true
    }

    // MARK: The sealing key

    private static func sealingKey(_ data: AggregatorData) async throws -> SealingKey {
        let (path, now) = (data.place.sealingKey, data.clock.now())
        let isKnown = try await data.store.read { try SealingKeyCheck.isKnown(in: $0) }
        let isThere = BoundedFile.exists(path)
        guard isThere || !isKnown else { throw missing(path) }
        let key =
            try isThere
            ? SealingKey(rawBytes: try BoundedFile.read(path, bytesMax: 32))
            : SealingKey(from: RandomBytes())
        if !isThere { try BoundedFile.replace(path, with: key.rawBytes) }
        let isRight = try await data.store.write {
            try SealingKeyCheck.isRight(key, at: now, in: $0)
        }
        guard isRight || isThere else {
            // Another aggregator started at the same moment, and its key was first.
            try BoundedFile.remove(path)
            throw missing(path)
        }
        guard isRight else {
            throw StartRefusal(
                sentence:
                    "\(path) is not the key that the secrets in the database are sealed with: "
                    + "all aggregators on one database need the same.")
        }
        return key
    }

    private static func missing(_ path: String) -> StartRefusal {
        StartRefusal(
            sentence: "The secrets in the database are sealed with a key that is not here: copy "
                + "sealing.key from the data directory of another aggregator on it, or from its "
                + "backup, to \(path).")
    }
}
