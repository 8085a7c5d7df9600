import JSON
package import Time

/// What an export says of itself before anything else.
package struct ExportHead: Sendable, Equatable {
    /// The form of the file; raised when a reader of before could misunderstand it.
    static let form: Int64 = 1

    /// The number of the newest migration.
    package let schema: Int64
    /// Whether the database was closed before it was read: then the copy may take its place.
    package let isFinal: Bool
    /// When it was made.
    package let madeAt: Timestamp
    /// SHA-256 of the key that secrets in the tables are sealed with, 64 hexadecimal digits.
    package let sealingKey: String

    /// Describes an export.
    package init(schema: Int64, isFinal: Bool, madeAt: Timestamp, sealingKey: String) {
        self.schema = schema
        self.isFinal = isFinal
        self.madeAt = madeAt
        self.sealingKey = sealingKey
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("convey_export")
            writer.integer(Self.form)
            writer.key("schema")
            writer.integer(schema)
            writer.key("final")
            writer.bool(isFinal)
            writer.key("made_at_us")
            writer.integer(madeAt.microseconds)
            writer.key("sealing_key")
            writer.string(sealingKey)
        }
    }

    init(_ element: JSONElement) throws(TransferRefusal) {
        guard let form = element["convey_export"]?.int64 else { throw .notAnExport }
        guard form == Self.form else { throw .unknownForm(form) }
        guard let schema = element["schema"]?.int64, let isFinal = element["final"]?.bool,
            let madeAt = element["made_at_us"]?.int64, let key = element["sealing_key"]?.string
        else { throw .damaged }
        self.schema = schema
        self.isFinal = isFinal
        self.madeAt = Timestamp(microseconds: madeAt)
        sealingKey = key
    }
}
