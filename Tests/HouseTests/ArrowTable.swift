/// Who may use whom: the table of `docs/architecture.md`, row by row. `Time` is for every room.
enum ArrowTable {
    struct Row: Equatable {
        let rooms: [String]
        let uses: [String]
    }

    static let base = [
        "SQLite", "Store", "JSON", "Zstd", "Crypto", "HTTP", "Daemon", "Child", "ConveyProtocol",
        "OpenAPI",
    ]
    static let collector = ["Intake", "Buffer", "Delivery", "Settings"]
    static let capabilities = [
        "Ingest", "Accounts", "Sites", "Definitions", "Conversions", "Attribution", "Destinations",
        "Analytics", "Reports", "Alerts",
    ]

    static let rows: [Row] = [
        Row(rooms: ["Time"], uses: []),
        Row(rooms: ["SQLite"], uses: ["CSQLite"]),
        Row(rooms: ["Postgres"], uses: ["CPostgres"]),
        Row(rooms: ["JSON"], uses: ["CSIMDJSON"]),
        Row(rooms: ["Zstd"], uses: ["CZstd"]),
        Row(rooms: ["Crypto"], uses: ["COpenSSL"]),
        Row(rooms: ["Daemon"], uses: ["CYAML"]),
        Row(rooms: ["Child"], uses: ["Daemon"]),
        Row(rooms: ["Geography"], uses: ["CMaxMind", "Daemon"]),
        Row(rooms: ["Store"], uses: ["SQLite", "Postgres", "Crypto", "Daemon"]),
        Row(
            rooms: ["HTTP"],
            uses: ["CEvent", "CCurl", "COpenSSL", "CZlib", "Zstd", "Crypto", "Daemon"]),
        Row(rooms: ["OpenAPI"], uses: ["HTTP", "JSON"]),
        Row(rooms: ["ConveyProtocol"], uses: ["JSON", "Zstd", "Crypto"]),
        Row(rooms: ["Buffer"], uses: ["SQLite", "Zstd", "Crypto", "ConveyProtocol", "Daemon"]),
        Row(
            rooms: ["Intake", "Delivery", "Settings"],
            uses: ["Buffer", "HTTP", "Crypto", "JSON", "ConveyProtocol", "Daemon"]),
        Row(rooms: ["Visitors"], uses: ["Geography", "ConveyProtocol"]),
        Row(rooms: ["Intake"], uses: ["Visitors"]),
        Row(
            rooms: ["CollectorMain"],
            uses: collector + ["Visitors", "Geography"]
                + base.filter { $0 != "Store" && $0 != "Child" }),
        Row(rooms: ["Schema"], uses: ["Store"]),
        Row(rooms: ["Rules"], uses: ["JSON", "ConveyProtocol"]),
        Row(rooms: ["Gate"], uses: ["HTTP", "Crypto", "ConveyProtocol"]),
        Row(rooms: ["Tenancy"], uses: ["Store"]),
        Row(
            rooms: capabilities,
            uses: [
                "Gate", "Tenancy", "Store", "HTTP", "Crypto", "JSON", "Zstd", "ConveyProtocol",
                "Daemon",
            ]),
        Row(rooms: ["Timeline"], uses: ["Tenancy", "Store", "Crypto", "JSON", "ConveyProtocol"]),
        Row(rooms: ["Definitions"], uses: ["Rules", "Timeline"]),
        Row(rooms: ["Conversions", "Attribution"], uses: ["Timeline"]),
        Row(rooms: ["Transfer"], uses: ["Store", "JSON", "Zstd", "Crypto", "Daemon"]),
        Row(
            rooms: ["Pipeline"],
            uses: ["Rules", "Timeline", "Tenancy"] + capabilities
                + ["Store", "ConveyProtocol", "Daemon"]),
        Row(
            rooms: ["Pages"],
            uses: ["Rules", "Timeline"] + capabilities + ["Pipeline", "Store", "HTTP", "Daemon"]),
        Row(
            rooms: ["AggregatorMain"],
            uses: ["Schema", "Gate", "Tenancy", "Rules", "Timeline"] + capabilities
                + ["Transfer", "Pipeline", "Pages"] + base.filter { $0 != "Child" }),
        Row(rooms: ["Doubles"], uses: ["HTTP", "JSON", "Crypto", "Daemon"]),
        Row(rooms: ["DoublesMain"], uses: ["Doubles", "HTTP", "Daemon"]),
        Row(rooms: ["Stage"], uses: ["Child", "HTTP", "JSON", "Crypto", "Daemon"]),
        Row(rooms: ["DemoMain"], uses: ["Stage", "Child", "HTTP", "JSON", "Crypto", "Daemon"]),
    ]

    /// What a room may import of the house; nil for a room that stands in no row.
    static func uses(of room: String) -> Set<String>? {
        let own = rows.filter { $0.rooms.contains(room) }
        return own.isEmpty ? nil : Set(own.flatMap(\.uses) + ["Time"])
    }

    /// The table of a document: rows `| a, b | c, d |` below the heading `| Room | may use |`.
    static func rows(in document: String) -> [Row] {
        let lines = document.split(separator: "\n", omittingEmptySubsequences: false)
        guard let heading = lines.firstIndex(of: "| Room | may use |") else { return [] }
        return lines[(heading + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            let cells = line.split(separator: "|").map { names(in: $0) }
            return Row(rooms: cells.first ?? [], uses: cells.count > 1 ? cells[1] : [])
        }
    }

    private static func names(in cell: Substring) -> [String] {
        cell.split { ", `".contains($0) }.map(String.init).filter { $0 != "nothing" }
    }
}
