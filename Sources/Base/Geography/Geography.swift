import Synchronization

/// Finds country and city of an address in a file of the operator's choice, in the MaxMind DB format.
/// Knows nothing until `reload`.
package final class Geography: Sendable {
    private let path: String
    private let scratch: String
    private let current = Mutex<GeographyFile?>(nil)

    /// What is in force, for a log line.
    package struct Edition: Equatable, Sendable {
        /// What the file calls itself, as `GeoLite2-City`.
        package let type: String
        /// When it was built, in seconds since 1970.
        package let builtAt: Int64
    }

    /// - Parameters:
    ///   - path: of the file; read at each `reload`.
    ///   - scratch: a directory on a disk where a copy of the file has room.
    package init(path: String, scratch: String) {
        (self.path, self.scratch) = (path, scratch)
    }

    /// Puts the file as it is now in force, for look-ups that begin from now on.
    /// - Throws: `GeographyFault` or `SystemFault`; the edition in force stays.
    package func reload() throws -> Edition {
        let file = try GeographyFile(path, scratch: scratch)
        current.withLock { $0 = file }
        return Edition(type: file.type, builtAt: file.builtAt)
    }

    /// Where an address is; nil where the file does not say, and for what is no address. From any
    /// thread; about 1 µs.
    package func place(of address: String) -> Place? {
        current.withLock { $0 }?.place(of: address)
    }
}
