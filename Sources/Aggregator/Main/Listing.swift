import JSON

/// Rows for a person, or as JSON for a script: an array of objects, every value a text.
struct Listing {
    private let columns: [String]
    private let rows: [[String]]

    /// - Parameter rows: each as long as `columns`.
    init(_ columns: [String], _ rows: [[String]]) {
        (self.columns, self.rows) = (columns, rows)
    }

    /// The listing in the form that the order asks for.
    func reply(_ order: Order, exitStatus: Int32 = 0) -> Reply {
        Reply(exitStatus: exitStatus, output: order.has("json") ? json : table)
    }

    var json: String {
        let objects = rows.map { row in
            let members = zip(columns, row).map { "\(Self.quoted($0)):\(Self.quoted($1))" }
            return "{\(members.joined(separator: ","))}"
        }
        return "[\(objects.joined(separator: ",\n"))]"
    }

    var table: String {
        let all = [columns] + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
