/// What the database says of its own tables.
extension Transaction {
    /// The names of all tables of the schema, ascending; a table in partitions is one.
    package func tableNames() throws(StoreFault) -> [String] {
        try all(Catalogue.names) { $0.text(0) }
    }

    /// One table.
    /// - Throws: `statement` for one that is not there, that has no key, or a column of a kind that is
    ///   not copied.
    package func table(named name: String) throws(StoreFault) -> StoredTable {
        let described = try all(Catalogue.columns, .text(name)) { row in
            (name: row.text(0), type: row.text(1), isRequired: row.flag(2))
        }
        var columns: [StoredTable.Column] = []
        for column in described {
            guard let kind = Catalogue.kinds[column.type] else {
                throw StoreFault(
                    "describe a table", kind: .statement, detail: "\(name).\(column.name)")
            }
            columns.append(.init(name: column.name, kind: kind))
        }
        let required = Set(described.filter(\.isRequired).map(\.name))
        guard let key = try key(of: name, from: columns, required: required) else {
            throw StoreFault("find a table's key", kind: .statement, detail: name)
        }
        let isNumbered = try first(Catalogue.isNumbered, .text(name)) { $0.flag(0) } ?? false
        return StoredTable(name: name, columns: columns, key: key, isNumbered: isNumbered)
    }

    /// The first key in the catalogue's order whose columns are never null.
    private func key(
        of table: String, from columns: [StoredTable.Column], required: Set<String>
    ) throws(StoreFault) -> [StoredTable.Column]? {
        let parts = try all(Catalogue.keys, .text(table)) { (key: $0.text(0), column: $0.text(1)) }
        var names: [String] = []
        for part in parts where !names.contains(part.key) { names.append(part.key) }
        for name in names {
            let key = parts.filter { $0.key == name }.compactMap { part in
                columns.first { $0.name == part.column && required.contains(part.column) }
            }
            if key.count == parts.count(where: { $0.key == name }) { return key }
        }
        return nil
    }
}

/// Each database describes itself in tables of its own.
private enum Catalogue {
    static let kinds: [String: StoredTable.Column.Kind] = [
        "INTEGER": .integer, "bigint": .integer, "TEXT": .text, "text": .text, "BLOB": .bytes,
        "bytea": .bytes,
    ]

    static let names = SQL(
        sqlite: """
            SELECT name FROM sqlite_schema
            WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
            """,
        postgres: """
            SELECT CAST(relname AS TEXT) FROM pg_class
            WHERE relnamespace = CAST(current_schema() AS regnamespace)
                AND relkind IN ('r', 'p') AND NOT relispartition
            ORDER BY relname
            """)

    /// Names of bytes, so that the order is the same. A column of SQLite's primary key may not be null
    /// either, as tables are `STRICT` and keys of rows are numbers.
    static let columns = SQL(
        sqlite: """
            SELECT name, type, max("notnull", pk > 0) FROM pragma_table_info($1) ORDER BY name
            """,
        postgres: """
            SELECT CAST(attname AS TEXT), format_type(atttypid, NULL), CAST(attnotnull AS INTEGER)
            FROM pg_attribute
            WHERE attrelid = CAST($1 AS regclass) AND attnum > 0 AND NOT attisdropped
            ORDER BY attname
            """)

    /// The primary key first, then every uniqueness that holds for all rows.
    static let keys = SQL(
        sqlite: """
            SELECT '', name FROM (
                SELECT name, pk FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk)
            UNION ALL
            SELECT name, column_name FROM (
                SELECT l.name AS name, i.name AS column_name FROM pragma_index_list($1) l
                JOIN pragma_index_info(l.name) i
                WHERE l."unique" = 1 AND l.partial = 0 AND l.origin <> 'pk'
                ORDER BY l.name, i.seqno)
            """,
        postgres: """
            SELECT CAST(c.relname AS TEXT), CAST(a.attname AS TEXT)
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            CROSS JOIN unnest(CAST(i.indkey AS int2[])) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
            WHERE i.indrelid = CAST($1 AS regclass) AND i.indisunique AND i.indpred IS NULL
                AND i.indexprs IS NULL
            ORDER BY i.indisprimary DESC, c.relname, k.place
            """)

    /// SQLite numbers what it keeps a count of; PostgreSQL by an identity, or by a sequence that is
    /// named for table and column.
    static let isNumbered = SQL(
        sqlite: """
            SELECT count(*) FROM sqlite_schema
            WHERE type = 'table' AND name = $1 AND sql LIKE '%AUTOINCREMENT%'
            """,
        postgres: """
            SELECT count(*) FROM pg_attribute
            WHERE attrelid = CAST($1 AS regclass) AND attname = 'number'
                AND (attidentity <> '' OR to_regclass($1 || '_number') IS NOT NULL)
            """)
}
