import Crypto

/// What a transaction may hold against all others, in every process, until it ends.
package struct LockName: Sendable, Hashable, Comparable {
    /// What PostgreSQL knows it by: 64 bits of a digest, equal in every process and version.
    let key: Int64

    /// - Parameters:
    ///   - space: what kind of thing is held, one of our constants.
    ///   - numbers: which of them, such as organization and site.
    package init(_ space: StaticString, _ numbers: Int64...) { self.init(space, numbers) }

    /// The same for callers that put the numbers together themselves.
    package init(_ space: StaticString, _ numbers: [Int64]) {
        let text = ([space.description] + numbers.map(\.description)).joined(separator: "/")
        let digest = SHA256Digest(of: Array(text.utf8)).bytes
        key = digest.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The order in which several are taken, the same everywhere.
    package static func < (left: Self, right: Self) -> Bool { left.key < right.key }
}

extension Transaction {
    /// Waits until no other transaction holds any of the names, and holds them until this one ends.
    ///
    /// What is read afterwards is what the former holders left. To be called before anything that the
    /// lock is to protect was read. SQLite has one writer: there it does nothing.
    package func lock(_ names: some Sequence<LockName>) throws(StoreFault) {
        for name in Set(names).sorted() { try engine.lock(name) }
    }

    /// Waits for one name; see `lock(_:)` of several.
    package func lock(_ name: LockName) throws(StoreFault) { try engine.lock(name) }

    /// Waits until no other transaction holds the name alone, and keeps all from doing so until this one
    /// ends: many may share a name, one may hold it. Does nothing on SQLite.
    package func share(_ name: LockName) throws(StoreFault) { try engine.share(name) }

    /// Holds the name until the transaction ends, unless another holds it: then false, at once. Always
    /// true on SQLite.
    package func tryLock(_ name: LockName) throws(StoreFault) -> Bool { try engine.tryLock(name) }

    /// Tells listeners in every process once this transaction is committed; nobody if it is not.
    ///
    /// For rare changes: PostgreSQL lets commits that announce something wait for one another.
    package func announce(_ signal: StoreSignal) throws(StoreFault) {
        try engine.announce(signal)
    }
}
