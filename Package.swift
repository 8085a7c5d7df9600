// swift-tools-version: 6.3
// The map of the house: every room, its folder, and the rooms it may use. A room that is not named
// in another's `uses` cannot be reached from it; `Tests/HouseTests` holds every import against this map.
import PackageDescription

/// One room: a target whose `package` declarations are its doors.
struct Room {
    enum Kind { case library, program, support, test, fuzz, benchmark }
    let name: String
    let folder: String
    let kind: Kind
    let uses: [String]
    /// What a program is called when it is installed.
    var product: String?
}

func room(_ name: String, in folder: String, uses: [String] = []) -> Room {
    Room(name: name, folder: "Sources/\(folder)", kind: .library, uses: uses)
}

func program(_ name: String, named product: String, in folder: String, uses: [String]) -> Room {
    Room(name: name, folder: "Sources/\(folder)", kind: .program, uses: uses, product: product)
}

func fuzz(_ name: String, in folder: String, uses: [String]) -> Room {
    Room(name: name, folder: "Tests/Fuzz/\(folder)", kind: .fuzz, uses: uses)
}

func benchmark(_ name: String, in folder: String, uses: [String]) -> Room {
    Room(name: name, folder: "Tests/\(folder)", kind: .benchmark, uses: uses)
}

/// What several test targets share; no shipped room may use it.
func support(_ name: String, uses: [String]) -> Room {
    Room(name: name, folder: "Tests/\(name)", kind: .support, uses: uses)
}

func tests(_ name: String, uses: [String]) -> Room {
    Room(name: name, folder: "Tests/\(name)", kind: .test, uses: uses)
}

// MARK: Debian's libraries, one system module each

let libraries: [Target] = [
    .systemLibrary(
        name: "CSQLite", path: "Sources/C/SQLite", pkgConfig: "sqlite3",
        providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(
        name: "CPostgres", path: "Sources/C/Postgres", pkgConfig: "libpq",
        providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
        name: "CZstd", path: "Sources/C/Zstd", pkgConfig: "libzstd",
        providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
        name: "CZlib", path: "Sources/C/Zlib", pkgConfig: "zlib",
        providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
        name: "COpenSSL", path: "Sources/C/OpenSSL", pkgConfig: "openssl",
        providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
        name: "CCurl", path: "Sources/C/Curl", pkgConfig: "libcurl",
        providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(
        name: "CEvent", path: "Sources/C/Event", pkgConfig: "libevent_core",
        providers: [.apt(["libevent-dev"])]),
    .systemLibrary(
        name: "CYAML", path: "Sources/C/YAML", pkgConfig: "yaml-0.1",
        providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(
        name: "CMaxMind", path: "Sources/C/MaxMind", pkgConfig: "libmaxminddb",
        providers: [.apt(["libmaxminddb-dev"])]),
    // The one C++ file of the house; `libsimdjson-dev` provides the library behind it.
    .target(
        name: "CSIMDJSON", path: "Sources/C/SIMDJSON",
        cxxSettings: [.unsafeFlags(["-O2"])],
        linkerSettings: [.linkedLibrary("simdjson")]),
]

// MARK: The rooms

let rooms: [Room] = [
    // Base knows nothing of events, shops or advertisements.
    room("Time", in: "Base/Time"),
    room("Crypto", in: "Base/Crypto", uses: ["COpenSSL", "Time"]),
    room("JSON", in: "Base/JSON", uses: ["CSIMDJSON"]),
    room("Zstd", in: "Base/Zstd", uses: ["CZstd"]),
    room("Daemon", in: "Base/Daemon", uses: ["CYAML", "Time"]),
    room(
        "HTTP", in: "Base/HTTP",
        uses: ["CEvent", "CCurl", "COpenSSL", "CZlib", "Crypto", "Daemon", "Time", "Zstd"]),
    room("OpenAPI", in: "Base/OpenAPI", uses: ["HTTP", "JSON"]),
    room("Child", in: "Base/Child", uses: ["Daemon"]),
    room("SQLite", in: "Base/SQLite", uses: ["CSQLite"]),
    room("Postgres", in: "Base/Postgres", uses: ["CPostgres"]),
    room("Geography", in: "Base/Geography", uses: ["CMaxMind", "Daemon"]),
    room(
        "Store", in: "Base/Store", uses: ["SQLite", "Postgres", "Crypto", "Daemon", "Time"]),

    // What collector and aggregator say to each other.
    room(
        "ConveyProtocol", in: "Protocol", uses: ["Time", "JSON", "Zstd", "Crypto"]),

    // The aggregator: verifies, deduplicates, stores, and keeps the books.
    room("Schema", in: "Aggregator/Schema", uses: ["Store"]),
    room(
        "Gate", in: "Aggregator/Gate", uses: ["ConveyProtocol", "Crypto", "HTTP", "Time"]),
    room(
        "Ingest", in: "Aggregator/Ingest",
        uses: [
            "Gate", "Store", "HTTP", "Crypto", "Zstd", "ConveyProtocol", "Daemon", "Time",
        ]),
    room("Tenancy", in: "Aggregator/Tenancy", uses: ["Store"]),
    room(
        "Timeline", in: "Aggregator/Timeline",
        uses: ["ConveyProtocol", "Crypto", "JSON", "Store", "Tenancy", "Time"]),
    room(
        "Accounts", in: "Aggregator/Accounts",
        uses: ["ConveyProtocol", "Crypto", "Store", "Time"]),
    room(
        "Sites", in: "Aggregator/Sites",
        uses: ["ConveyProtocol", "Crypto", "Daemon", "Gate", "HTTP", "Store", "Tenancy", "Time"]),

    room(
        "Attribution", in: "Aggregator/Attribution",
        uses: ["ConveyProtocol", "JSON", "Store", "Tenancy", "Time", "Timeline"]),

    room(
        "Conversions", in: "Aggregator/Conversions",
        uses: ["ConveyProtocol", "JSON", "Store", "Tenancy", "Time", "Timeline"]),
    room("Definitions", in: "Aggregator/Definitions", uses: ["ConveyProtocol"]),
    room(
        "Destinations", in: "Aggregator/Destinations",
        uses: [
            "ConveyProtocol", "Crypto", "Daemon", "HTTP", "JSON", "Store", "Tenancy", "Time",
        ]),

    room(
        "Transfer", in: "Aggregator/Transfer",
        uses: ["Crypto", "Daemon", "JSON", "Store", "Time", "Zstd"]),

    room(
        "Pipeline", in: "Aggregator/Pipeline",
        uses: [
            "Accounts", "Attribution", "Conversions", "ConveyProtocol", "Daemon", "Definitions",
            "Destinations", "Ingest", "Sites", "Store", "Tenancy", "Time", "Timeline",
        ]),

    program(
        "AggregatorMain", named: "convey-aggregator", in: "Aggregator/Main",
        uses: [
            "Accounts", "Conversions", "ConveyProtocol", "Crypto", "Daemon", "Destinations", "Gate",
            "HTTP", "Ingest", "JSON", "Pipeline", "Schema", "Sites", "Store", "Tenancy", "Time",
            "Timeline", "Transfer",
        ]),

    // Stand-ins of the ad platforms, for `make run` and the tests; the product never knows of them.
    room(
        "Doubles", in: "Doubles/Platforms", uses: ["Crypto", "Daemon", "HTTP", "JSON", "Time"]),
    program(
        "DoublesMain", named: "convey-doubles", in: "Doubles/Main",
        uses: ["Daemon", "Doubles", "HTTP"]),

    // Rehearsal: both real programs on a stage of their own, for `make run` and the tests.
    room("Stage", in: "Demo/Stage", uses: ["Child", "Crypto", "Daemon", "HTTP", "Time"]),
    program(
        "DemoMain", named: "convey-demo", in: "Demo/Main",
        uses: ["Child", "Daemon", "HTTP", "Stage", "Time"]),

    // The collector.
    room(
        "Buffer", in: "Collector/Buffer",
        uses: ["SQLite", "Zstd", "Crypto", "ConveyProtocol", "Daemon", "Time"]),
    room(
        "Delivery", in: "Collector/Delivery",
        uses: ["Buffer", "HTTP", "Crypto", "ConveyProtocol", "Daemon", "Time"]),
    room("Visitors", in: "Collector/Visitors", uses: ["ConveyProtocol", "Geography"]),
    room(
        "Intake", in: "Collector/Intake",
        uses: [
            "Buffer", "HTTP", "Crypto", "JSON", "ConveyProtocol", "Daemon", "Time", "Visitors",
        ]),
    room(
        "Settings", in: "Collector/Settings",
        uses: ["Buffer", "HTTP", "Crypto", "JSON", "ConveyProtocol", "Daemon", "Time"]),
    program(
        "CollectorMain", named: "convey-collector", in: "Collector/Main",
        uses: [
            "Buffer", "ConveyProtocol", "Crypto", "Daemon", "Delivery", "Geography", "HTTP",
            "Intake", "JSON", "OpenAPI", "Settings", "Time", "Visitors",
        ]),

    // Tests, in the order of the rooms; what several share comes first.
    support("TestSupport", uses: ["Child", "Daemon", "Postgres", "Store", "Time"]),
    support(
        "AggregatorBench",
        uses: [
            "ConveyProtocol", "Crypto", "Daemon", "Gate", "HTTP", "Ingest", "Schema", "Store",
            "TestSupport", "Time",
        ]),
    tests("TimeTests", uses: ["TestSupport", "Time"]),
    tests("SQLiteTests", uses: ["SQLite", "TestSupport"]),
    tests("PostgresTests", uses: ["Child", "Crypto", "Postgres", "TestSupport", "Time"]),
    tests("JSONTests", uses: ["JSON"]),
    tests("ZstdTests", uses: ["Zstd"]),
    tests("CryptoTests", uses: ["Child", "Crypto", "Time"]),
    tests("DaemonTests", uses: ["Daemon", "TestSupport", "Time"]),
    tests("ChildTests", uses: ["Child", "TestSupport"]),
    tests("GeographyTests", uses: ["Daemon", "Geography", "TestSupport", "Time"]),
    tests("StoreTests", uses: ["Child", "Daemon", "Store", "SQLite", "TestSupport", "Time"]),
    tests(
        "HTTPTests",
        uses: ["COpenSSL", "Crypto", "Daemon", "HTTP", "TestSupport", "Time", "Zstd", "Child"]),
    tests(
        "ProtocolTests",
        uses: [
            "Child", "ConveyProtocol", "Crypto", "Gate", "HTTP", "JSON", "TestSupport", "Time",
            "Zstd",
        ]),
    tests(
        "BufferTests",
        uses: [
            "Buffer", "ConveyProtocol", "Crypto", "Daemon", "JSON", "SQLite", "TestSupport", "Time",
        ]),
    tests("VisitorsTests", uses: ["ConveyProtocol", "TestSupport", "Visitors"]),
    tests(
        "IntakeTests",
        uses: [
            "Buffer", "ConveyProtocol", "Crypto", "HTTP", "Intake", "JSON", "OpenAPI",
            "TestSupport", "Time",
        ]),
    tests(
        "DeliveryTests",
        uses: [
            "Delivery", "Buffer", "ConveyProtocol", "Crypto", "Daemon", "Gate", "HTTP",
            "TestSupport", "Time",
        ]),
    tests(
        "SettingsTests",
        uses: [
            "Settings", "Buffer", "ConveyProtocol", "Crypto", "Daemon", "Gate", "HTTP",
            "TestSupport", "Time",
        ]),
    tests(
        "CollectorMainTests",
        uses: [
            "Buffer", "Child", "CollectorMain", "ConveyProtocol", "Daemon", "Delivery", "HTTP",
            "Time",
        ]),
    tests("SchemaTests", uses: ["Schema", "Store", "TestSupport", "Time"]),
    tests("GateTests", uses: ["Gate", "ConveyProtocol", "Crypto", "HTTP", "TestSupport", "Time"]),
    tests(
        "IngestTests",
        uses: [
            "AggregatorBench", "Ingest", "Gate", "Schema", "Store", "ConveyProtocol", "Crypto",
            "Daemon", "HTTP", "TestSupport", "Time", "Zstd",
        ]),
    tests(
        "AccountsTests",
        uses: ["Accounts", "ConveyProtocol", "Crypto", "Schema", "Store", "TestSupport", "Time"]),
    tests(
        "SitesTests",
        uses: [
            "Accounts", "ConveyProtocol", "Crypto", "Gate", "HTTP", "Schema", "Sites", "Store",
            "Tenancy", "TestSupport", "Time",
        ]),
    tests(
        "TimelineTests",
        uses: [
            "ConveyProtocol", "JSON", "Schema", "Store", "Tenancy", "TestSupport", "Time",
            "Timeline",
        ]),
    tests("DefinitionsTests", uses: ["ConveyProtocol", "Definitions", "Time"]),
    tests(
        "ConversionsTests",
        uses: [
            "Accounts", "Conversions", "ConveyProtocol", "Crypto", "HTTP", "Intake", "JSON",
            "Schema", "Sites", "Store",
            "Tenancy", "TestSupport", "Time", "Timeline",
        ]),
    tests(
        "AttributionTests",
        uses: [
            "Accounts", "Attribution", "Child", "ConveyProtocol", "Crypto", "Schema", "Store",
            "Tenancy",
            "TestSupport", "Time", "Timeline",
        ]),
    tests(
        "DestinationsTests",
        uses: [
            "Accounts", "ConveyProtocol", "Crypto", "Daemon", "Destinations", "Schema", "Store",
            "Tenancy", "TestSupport", "Time",
        ]),
    tests(
        "DataManagerTests",
        uses: [
            "Child", "ConveyProtocol", "Crypto", "Daemon", "Destinations", "Doubles", "HTTP",
            "TestSupport", "Time",
        ]),
    tests(
        "PipelineTests",
        uses: [
            "Accounts", "AggregatorBench", "Conversions", "ConveyProtocol", "Crypto", "Daemon",
            "Destinations", "Doubles", "HTTP", "Ingest", "JSON", "Pipeline", "Schema", "Sites",
            "Store", "Tenancy", "TestSupport", "Time", "Timeline",
        ]),
    tests(
        "TransferTests",
        uses: ["Daemon", "Schema", "Store", "TestSupport", "Time", "Transfer", "Zstd"]),
    tests(
        "AggregatorMainTests",
        uses: [
            "AggregatorMain", "Child", "ConveyProtocol", "Crypto", "Daemon", "Gate", "HTTP",
            "Stage", "TestSupport", "Time", "Troupe",
        ]),
    tests(
        "DoublesTests",
        uses: [
            "Child", "Crypto", "Daemon", "Doubles", "DoublesMain", "HTTP", "TestSupport", "Time",
        ]),
    tests("StageTests", uses: ["Child", "HTTP", "Stage", "TestSupport", "Time"]),
    tests(
        "Simulation",
        uses: [
            "Buffer", "ConveyProtocol", "Crypto", "Daemon", "Delivery", "Gate", "HTTP", "Ingest",
            "SQLite", "Schema", "Store", "TestSupport", "Time", "Zstd",
        ]),
    support("Troupe", uses: ["Child", "HTTP", "Stage", "Store", "TestSupport", "Time"]),
    tests(
        "EndToEndTests",
        uses: ["Child", "Crypto", "Daemon", "HTTP", "Stage", "TestSupport", "Time", "Troupe"]),
    tests("TortureTests", uses: ["Child", "HTTP", "Stage", "TestSupport", "Time", "Troupe"]),
    tests("SiegeTests", uses: ["Child", "HTTP", "Stage", "TestSupport", "Time", "Troupe"]),
    tests("DiskTests", uses: ["Child", "HTTP", "SQLite", "Stage", "TestSupport", "Troupe"]),
    tests(
        "HostileTests",
        uses: [
            "AggregatorMain", "Child", "CollectorMain", "ConveyProtocol", "Crypto", "HTTP", "JSON",
            "Settings", "Stage", "TestSupport", "Time", "Troupe", "Zstd",
        ]),
    tests(
        "RealInputTests",
        uses: ["Child", "Crypto", "HTTP", "Stage", "TestSupport", "Time", "Troupe"]),
    tests("HouseTests", uses: ["Crypto"]),

    // Built only with CONVEY_BENCH=1.
    benchmark(
        "convey-bench", in: "Benchmarks",
        uses: [
            "Accounts", "Attribution", "Child", "ConveyProtocol", "Crypto", "Daemon",
            "Destinations", "Gate", "HTTP", "Ingest", "JSON", "Pipeline", "Schema", "Settings",
            "Sites", "SQLite", "Stage", "Store", "Tenancy", "Time", "Timeline",
        ]),

    // Fuzzers, built only with CONVEY_FUZZ=1.
    fuzz("FuzzBatch", in: "Batch", uses: ["ConveyProtocol", "JSON"]),
    fuzz(
        "FuzzContracts", in: "Contracts",
        uses: ["Buffer", "ConveyProtocol", "HTTP", "Intake", "Time"]),
    fuzz("FuzzEvent", in: "Event", uses: ["ConveyProtocol", "Crypto", "JSON", "Time"]),
    fuzz("FuzzExport", in: "Export", uses: ["Transfer", "Zstd"]),
    fuzz("FuzzFact", in: "Fact", uses: ["ConveyProtocol", "Timeline"]),
    fuzz("FuzzOperatorFile", in: "OperatorFile", uses: ["Destinations"]),
    fuzz(
        "FuzzGoogleAnswer", in: "GoogleAnswer",
        uses: ["ConveyProtocol", "Destinations", "HTTP", "Time"]),
    fuzz("FuzzHeaders", in: "Headers", uses: ["HTTP"]),
    fuzz(
        "FuzzIntake", in: "Intake", uses: ["Buffer", "ConveyProtocol", "HTTP", "Intake", "Time"]),
    fuzz("FuzzJSON", in: "JSON", uses: ["JSON"]),
    fuzz("FuzzSignatureFields", in: "SignatureFields", uses: ["Crypto", "HTTP"]),
    fuzz(
        "FuzzWebhook", in: "Webhook",
        uses: ["Buffer", "ConveyProtocol", "Crypto", "HTTP", "Intake", "Time"]),
    fuzz("FuzzUserAgent", in: "UserAgent", uses: ["ConveyProtocol", "Visitors"]),
    fuzz("FuzzZstd", in: "Zstd", uses: ["Zstd"]),
]

// MARK: One loop sets all flags

let flags: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// libFuzzer sees only code that was compiled for it: with CONVEY_FUZZ=1 every room is, and opened to
// `@testable`, since some parsers are no doors.
let isFuzzing = Context.environment["CONVEY_FUZZ"] != nil
let roomFlags = isFuzzing ? flags + [.unsafeFlags(["-sanitize=fuzzer", "-enable-testing"])] : flags

let fuzzDriver: [Target] = [.target(name: "CFuzzDriver", path: "Tests/Fuzz/Driver")]

func fuzzLinkerSettings(_ name: String) -> [LinkerSetting] {
    [
        .unsafeFlags(["-sanitize=fuzzer"]),
        .unsafeFlags(["-Xlinker", "--defsym", "-Xlinker", "\(name)_main=convey_fuzz_main"]),
        .unsafeFlags(["-Xlinker", "--defsym", "-Xlinker", "main=convey_fuzz_main"]),
    ]
}

let isMeasuring = Context.environment["CONVEY_BENCH"] != nil

/// Bare baselines and the load generator, in C.
let benchmarkDriver: [Target] = [
    .target(
        name: "CBenchmarks", dependencies: ["COpenSSL", "CSQLite"],
        path: "Tests/Benchmarks/Native", cSettings: [.unsafeFlags(["-O2"])],
        linkerSettings: [.linkedLibrary("m")])
]

let targets: [Target] = rooms.filter { room in
    switch room.kind {
    case .library, .program, .support, .test: true
    case .fuzz: isFuzzing
    case .benchmark: isMeasuring
    }
}.map { room in
    let uses = room.uses.map { Target.Dependency(stringLiteral: $0) }
    return switch room.kind {
    case .library:
        .target(name: room.name, dependencies: uses, path: room.folder, swiftSettings: roomFlags)
    case .support:
        .target(
            name: room.name, dependencies: uses, path: room.folder,
            exclude: room.name == "TestSupport" ? ["Preloaded"] : [],  // C, compiled by the tests
            swiftSettings: flags)
    case .program:
        .executableTarget(
            name: room.name, dependencies: uses, path: room.folder, swiftSettings: roomFlags)
    case .test:
        .testTarget(name: room.name, dependencies: uses, path: room.folder, swiftSettings: flags)
    case .benchmark:
        .executableTarget(
            name: room.name, dependencies: uses + ["CBenchmarks"], path: room.folder,
            exclude: ["Native", "Counting", "thresholds.json"], swiftSettings: flags)
    case .fuzz:
        .executableTarget(
            name: room.name, dependencies: uses + ["CFuzzDriver"], path: room.folder,
            swiftSettings: roomFlags + [.unsafeFlags(["-parse-as-library"])],
            linkerSettings: fuzzLinkerSettings(room.name))
    }
}

let programs: [Product] = rooms.compactMap { room in
    room.product.map { .executable(name: $0, targets: [room.name]) }
}

let package = Package(
    name: "convey", products: programs,
    targets: libraries + targets + (isFuzzing ? fuzzDriver : [])
        + (isMeasuring ? benchmarkDriver : []),
    cxxLanguageStandard: .cxx17)
