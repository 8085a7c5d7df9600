package import Daemon

/// An export that is being read, on a thread of its own.
package actor ImportSource: ThreadActor {
    /// Reading a file or a pipe blocks; it happens here.
    package nonisolated let executor: ThreadExecutor
    /// What the export says of itself.
    package nonisolated let head: ExportHead
    private var reader: ExportReader

    /// Opens an export and reads its head; blocks.
    /// - Parameter path: of the file, or `-`.
    /// - Throws: `TransferRefusal` for what is no export, `SystemFault`.
    package init(_ path: String) throws {
        let file = try IncomingFile(path)
        let reader = try ExportReader { try file.next($0) }
        head = reader.head
        executor = ThreadExecutor(name: "import")
        self.reader = reader
    }

    /// Reads one step further and passes it over; true at the end. For whoever only wants to know whether
    /// an export is whole.
    package func isAtEnd() throws -> Bool {
        if case .end = try reader.next() { return true }
        return false
    }

    func next() throws -> ExportReader.Step { try reader.next() }
}
