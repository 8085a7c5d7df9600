/// A constant text of SQL for both databases; parameters are `$1`, `$2` … and bound by that name.
///
/// Texts are literals, so no foreign byte can reach one.
package struct SQL: Sendable {
    let sqlite: String
    let postgres: String

    /// One text that both databases accept.
    package init(_ text: StaticString) { self.init(sqlite: text, postgres: text) }

    /// One text each, where the dialects differ; the caller says why.
    package init(sqlite: StaticString, postgres: StaticString) {
        self.sqlite = "\(sqlite)"
        self.postgres = "\(postgres)"
    }

    /// For the copying of tables, whose names the database itself has told, and for what explains a text.
    init(ofTable sqlite: String, _ postgres: String) {
        self.sqlite = sqlite
        self.postgres = postgres
    }

    /// What answers with the statement's plan, and runs nothing.
    var explained: SQL {
        SQL(ofTable: "EXPLAIN QUERY PLAN \(sqlite)", "EXPLAIN \(postgres)")
    }
}
