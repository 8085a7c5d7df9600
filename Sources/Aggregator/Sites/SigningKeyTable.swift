package import ConveyProtocol
package import Crypto
import Daemon
package import Store
package import Time

/// The key that answers are signed with, and the statements that lead to it, for all processes on one
/// database. Table `signing_key`: Sites.
///
/// A rotation is one transaction: before its commit the former key is in force, after it the new one,
/// and the former private key is gone.
package struct SigningKeyTable {
    private let transaction: Transaction
    private let sealing: SealingKey

    /// - Parameter sealing: what private keys are sealed with in the table.
    package init(_ transaction: Transaction, _ sealing: SealingKey) {
        (self.transaction, self.sealing) = (transaction, sealing)
    }

    /// A key in force and what led to it.
    package struct Standing: Sendable {
        /// What answers are signed with.
        package let key: SigningKey
        /// How it came to be so.
        package let history: KeyHistory

        /// - Parameter history: ends with the key, or is empty.
        package init(_ key: SigningKey, _ history: KeyHistory) {
            (self.key, self.history) = (key, history)
        }
    }

    /// How many keys there have been: grows with every rotation. A look that costs little.
    package static func count(in transaction: Transaction) throws(StoreFault) -> Int64 {
        try transaction.first(newest) { $0.integer(0) } ?? 0
    }

    /// The key in force; nil in a database that has had none.
    package func standing() throws -> Standing? {
        let rows = try transaction.all(Self.list, make: KeyRow.init)
        guard let last = rows.last else { return nil }
        let statements = try rows.compactMap(\.statement).flatMap {
            try KeyHistory(json: Array($0.utf8)).statements
        }
        guard let sealed = last.sealed, let history = KeyHistory(statements) else {
            throw SigningKeyFault()
        }
        let raw = try sealing.open(sealed, associatedData: Self.place(last.publicKey))
        let key = try SigningKey(rawBytes: raw)
        guard key.verifyingKey.rawBytes == last.publicKey,
            history.current == nil || history.current == key.verifyingKey
        else { throw SigningKeyFault() }
        return Standing(key, history)
    }

    /// The key in force, after the given one was put in force where there was none; of several
    /// processes that start at once one makes the first.
    package func standing(
        orFirst make: () throws -> Standing, at now: Timestamp, random: some RandomSource
    ) throws -> Standing {
        try transaction.lock(Self.lock)
        if let standing = try standing() { return standing }
        let first = try make()
        var (number, key) = (Int64(1), first.history.statements.first?.previous)
        for statement in first.history.statements {
            try insert(number, key ?? statement.previous, after: number == 1 ? nil : first, now)
            (number, key) = (number + 1, statement.next)
        }
        try insert(number, first.key.verifyingKey, after: number == 1 ? nil : first, now)
        try putInForce(first.key, number, random: random)
        return first
    }

    /// Makes a new key, states it under the one in force, and puts it in force.
    /// - Throws: `SigningKeyFault` where there is none.
    package func rotate(
        at now: Timestamp, random: some RandomSource
    ) throws -> (statement: KeyStatement, standing: Standing) {
        try transaction.lock(Self.lock)
        guard let former = try standing() else { throw SigningKeyFault() }
        let next = SigningKey(from: random)
        let statement = KeyStatement(next.verifyingKey, follows: former.key, at: now)
        guard let history = former.history.adding(statement) else { throw SigningKeyFault() }
        let standing = Standing(next, history)
        let number = try Self.count(in: transaction) + 1
        try transaction.run(Self.destroy)
        try insert(number, next.verifyingKey, after: standing, now)
        try putInForce(next, number, random: random)
        try transaction.announce(.settings)
        return (statement, standing)
    }

    /// Writes a key's row; its statement is the one that leads to it.
    private func insert(
        _ number: Int64, _ key: VerifyingKey, after standing: Standing?, _ now: Timestamp
    ) throws(StoreFault) {
        let statement = standing?.history.statements.first { $0.next == key }
        let text = statement.flatMap { KeyHistory([$0]) }
            .map { String(decoding: $0.json, as: UTF8.self) }
        try transaction.run(
            Self.insert, .integer(number), .bytes(key.rawBytes), .optional(text),
            .timestamp(statement?.statedAt ?? now))
    }

    private func putInForce(
        _ key: SigningKey, _ number: Int64, random: some RandomSource
    ) throws(StoreFault) {
        let sealed = sealing.seal(
            key.rawBytes, associatedData: Self.place(key.verifyingKey.rawBytes), random: random)
        try transaction.run(Self.putInForce, .integer(number), .bytes(sealed))
    }

    /// Where a sealed key belongs: moved elsewhere it does not open.
    private static func place(_ publicKey: [UInt8]) -> [UInt8] {
        Array("signing_key/\(SHA256Digest(of: publicKey).hex)".utf8)
    }

    private struct KeyRow {
        let publicKey: [UInt8]
        let statement: String?
        let sealed: [UInt8]?

        init(_ row: Row) {
            (publicKey, statement) = (row.bytes(0), row.optionalText(1))
            sealed = row.optionalBytes(2)
        }
    }

    private static let lock = LockName("signing_key")
    private static let newest = SQL("SELECT max(number) FROM signing_key")
    private static let list = SQL(
        "SELECT public_key, statement, sealed FROM signing_key ORDER BY number LIMIT 1001")
    private static let insert = SQL(
        """
        INSERT INTO signing_key (number, public_key, statement, since_us)
        VALUES ($1, $2, $3, $4)
        """)
    private static let destroy = SQL(
        "UPDATE signing_key SET in_force = NULL, sealed = NULL WHERE in_force = 1")
    private static let putInForce = SQL(
        "UPDATE signing_key SET in_force = 1, sealed = $2 WHERE number = $1")
}

/// Key and statements do not belong together: somebody changed the table.
package struct SigningKeyFault: Fault {
    /// What failed.
    package var operation: String { "read the signing key" }
    /// Why.
    package var cause: String { "the statements in the database do not lead to its key" }
    /// What an operator can do.
    package var remedy: String {
        "Restore the database's backup. Where the newest key is lost, empty table signing_key: each "
            + "collector must then be told to trust the new one."
    }
    /// It is as it is until somebody does.
    package var canRetry: Bool { false }
}

/// Sees to it that all processes on one database seal with one key. Table `sealing_key`: Sites.
package enum SealingKeyCheck {
    /// Whether the database knows a sealing key.
    package static func isKnown(in transaction: Transaction) throws(StoreFault) -> Bool {
        try transaction.first(select) { $0.bytes(0) } != nil
    }

    /// Whether the key is the database's; the first one that asks decides.
    package static func isRight(
        _ key: SealingKey, at now: Timestamp, in transaction: Transaction
    ) throws(StoreFault) -> Bool {
        let digest = SHA256Digest(of: Array("convey sealing key 1\n".utf8) + key.rawBytes)
        // A database that was moved elsewhere is read all the same, and takes no statement that writes.
        if try !isKnown(in: transaction) {
            try transaction.run(insert, .bytes(digest.bytes), .timestamp(now))
        }
        return try transaction.first(select) { $0.bytes(0) } == digest.bytes
    }

    private static let select = SQL("SELECT digest FROM sealing_key WHERE number = 1")
    private static let insert = SQL(
        """
        INSERT INTO sealing_key (number, digest, since_us) VALUES (1, $1, $2)
        ON CONFLICT (number) DO NOTHING
        """)
}
