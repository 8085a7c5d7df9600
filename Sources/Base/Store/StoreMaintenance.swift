/// Bytes a database takes; a log that the database keeps elsewhere counts 0.
package struct StoreSize: Sendable, Equatable {
    /// The data itself.
    package let database: Int64
    /// What is written but not yet merged into it.
    package let log: Int64
    /// Bytes inside `database` that are used before it grows.
    package let free: Int64
}

extension Store {
    /// Copies one moment of the whole database to a new file while reads and writes go on; the file
    /// appears under its name once it is whole, synced and checked.
    package func backup(to target: String) async throws(StoreFault) {
        try await engine.backup(to: target)
    }

    /// Reads everything and names what is damaged; empty when nothing is.
    /// - Parameter isDeep: compares indexes with tables and follows foreign keys, too.
    package func check(isDeep: Bool) async throws(StoreFault) -> [String] {
        try await engine.check(isDeep: isDeep)
    }

    /// How much room the database takes now.
    package func size() async throws(StoreFault) -> StoreSize { try await engine.size() }
}
