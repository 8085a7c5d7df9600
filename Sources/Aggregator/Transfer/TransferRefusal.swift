/// Why a database is not moved, or not put to use. Each is for the operator to mend.
package enum TransferRefusal: Error, Equatable {
    /// The file is none of ours, or of a form that this program does not know.
    case notAnExport
    case unknownForm(Int64)
    /// The file ends before its end: it is still being written, or was cut off.
    case cutOff
    /// What stands in the file is not what was written there.
    case damaged
    /// The export has another schema than this program makes.
    case otherSchema(export: Int64, program: Int64)
    /// A table of the export is not one of the database's, or has other columns.
    case otherTable(String)
    /// The database holds rows already.
    case notEmpty(table: String)
    /// Secrets in the tables were sealed with a key that does not lie in the data directory.
    case noSealingKey(path: String)
    case otherSealingKey(path: String)
    /// What the database holds after the import is not what was exported.
    case differs(table: String)
    case otherBalance
    /// The database was moved: it takes nothing any more.
    case moved(to: String, at: String)
    /// An import into the database was begun and not finished.
    case unfinished
    /// The database is a copy of one that stayed in use.
    case trial(of: String)
    /// There is nothing to undo.
    case notMoved

    /// What is wrong and what to do.
    package var sentence: String {
        switch self {
        case .notAnExport:
            "This is no export of convey-aggregator."
        case .unknownForm(let form):
            "The export has form \(form), which this program does not know: use the one that wrote it."
        case .cutOff:
            "The export is not whole: it is still being written, or was cut off. Nothing of it is in use."
        case .damaged:
            "The export is damaged: a block is not what was written. Copy it anew, or export again."
        case .otherSchema(let export, let program):
            "The export has schema \(export), this program makes \(program): export and import with one version."
        case .otherTable(let table):
            "The table \(table) differs between export and database: export and import with one version."
        case .notEmpty(let table):
            "The database holds rows already, in \(table). Import into an empty one; nothing was changed."
        case .noSealingKey(let path):
            "Secrets in the export are sealed. Copy sealing.key from the old data directory to \(path) first."
        case .otherSealingKey(let path):
            "\(path) is not the key that the export's secrets are sealed with: copy the old data directory's."
        case .differs(let table):
            "THE IMPORT DIFFERS from the export in \(table). The database cannot be used; keep both and report this."
        case .otherBalance:
            "THE BALANCE DIFFERS after the import. The database cannot be used; keep both and report this."
        case .moved(let target, let time):
            "This database was moved to \(target) at \(time) and takes nothing any more. Serve from there. Where nothing was ever served from there, reopen opens this one again."
        case .unfinished:
            "An import into this database was not finished: run it again, from the beginning."
        case .trial(let time):
            "This database is a trial copy, made at \(time) from one that stayed in use: it is for looking only."
        case .notMoved:
            "This database was not moved: there is nothing to undo."
        }
    }
}
