/// Closes tables to every writer, in whatever process and of whatever version, until they are opened
/// again. Whoever writes all the same gets the fault `moved`.
extension Transaction {
    /// Closes the tables. Waits for transactions that write to them; when this one commits, nothing more
    /// is written.
    package func fence(_ tables: [String]) throws(StoreFault) {
        try execute(Fence.prepare)
        for table in tables { try execute(Fence.close(table)) }
    }

    /// Opens the tables again; fine where they are open.
    package func unfence(_ tables: [String]) throws(StoreFault) {
        for table in tables { try execute(Fence.open(table)) }
    }
}

/// SQLite asks a trigger for each row and each kind of change; PostgreSQL one for each statement.
private enum Fence {
    private static let changes = ["INSERT", "UPDATE", "DELETE"]

    static let prepare = SQL(
        sqlite: "",
        postgres: """
            SET LOCAL lock_timeout = '10s';
            CREATE OR REPLACE FUNCTION convey_fence() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                RAISE EXCEPTION 'this database was moved elsewhere' USING ERRCODE = 'CV001';
            END $body$
            """)

    static func close(_ table: String) -> SQL {
        let triggers = changes.map { change in
            """
            CREATE TRIGGER \(name(table, change)) BEFORE \(change) ON \(quoted(table)) BEGIN
                SELECT RAISE(ABORT, 'this database was moved elsewhere');
            END
            """
        }
        return SQL(
            ofTable: triggers.joined(separator: ";\n"),
            """
            CREATE TRIGGER convey_fence BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE
            ON \(quoted(table)) FOR EACH STATEMENT EXECUTE FUNCTION convey_fence()
            """)
    }

    static func open(_ table: String) -> SQL {
        let triggers = changes.map { "DROP TRIGGER IF EXISTS \(name(table, $0))" }
        return SQL(
            ofTable: triggers.joined(separator: ";\n"),
            "DROP TRIGGER IF EXISTS convey_fence ON \(quoted(table))")
    }

    private static func name(_ table: String, _ change: String) -> String {
        quoted("convey_fence_\(change.lowercased())_\(table)")
    }
}
