import Child
import Daemon
import FoundationEssentials

/// What every part needs to know: how long, where, on which cores.
struct Bench: Sendable {
    let isQuick: Bool
    let rounds: Int
    let stored: Int?
    /// Which rows of the intake are wanted; nil for all.
    let only: String?
    let cores: CorePlan
    /// Databases, logs and keys of a run; emptied at its start.
    let folder: String
    /// Where the programs lie.
    let programs: String
    let root: String
    let results: ResultFolder
    let thresholds: Thresholds

    init(_ invocation: CommandInvocation) throws {
        isQuick = invocation.flags.contains("quick")
        rounds = try Self.number("rounds", invocation) ?? (isQuick ? 1 : 3)
        stored = try Self.number("stored", invocation)
        only = invocation.values["only"]
        cores = CorePlan()
        root = try Self.projectRoot()
        folder = invocation.values["folder"] ?? "\(root)/.build/bench/scratch"
        programs = invocation.values["programs"] ?? Self.ownFolder
        results = ResultFolder(path: "\(root)/.build/bench/results", root: root)
        thresholds = try Thresholds(path: "\(root)/Tests/Benchmarks/thresholds.json")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    /// Seconds that one measurement lasts, and its warm-up.
    var seconds: Double { isQuick ? 1.5 : 6 }
    var warmUpSeconds: Double { isQuick ? 0.5 : 1.5 }

    /// An empty folder below `folder`.
    func freshFolder(_ name: String) throws -> String {
        let path = "\(folder)/\(name)"
        if FileManager.default.fileExists(atPath: path) {
            try FileManager.default.removeItem(atPath: path)
        }
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    func remove(_ path: String) {
        do { try FileManager.default.removeItem(atPath: path) } catch {
            StandardOutput.complain("cannot remove \(path)")
        }
    }

    /// The path of a program that the house builds.
    func program(_ name: String) throws -> String {
        let path = "\(programs)/\(name)"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw MissingProgram(path: path)
        }
        return path
    }

    /// Which cores a program gets.
    enum Place { case server, load }

    /// Starts a program on the server's cores, or where the load runs; its output goes to a file.
    func start(
        _ executable: String, _ arguments: [String], on place: Place = .server,
        environment: [String: String] = [:], log: String
    ) throws -> Program {
        guard let list = cores.list(place) else {
            return try Program.start(executable, arguments, environment: environment, log: log)
        }
        return try Program.start(
            "/usr/bin/taskset", ["-c", list, executable] + arguments, environment: environment,
            log: log)
    }

    private static func number(_ name: String, _ invocation: CommandInvocation) throws -> Int? {
        guard let text = invocation.values[name] else { return nil }
        guard let number = Int(text), number > 0 else {
            throw BenchFault("--\(name) needs a number above 0")
        }
        return number
    }

    static var ownPath: String {
        do {
            return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        } catch { return CommandLine.arguments[0] }
    }

    private static var ownFolder: String {
        ownPath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    }

    /// The nearest folder above the executable or the working directory that holds Package.swift.
    private static func projectRoot() throws -> String {
        for start in [FileManager.default.currentDirectoryPath, ownFolder] {
            var parts = start.split(separator: "/")
            while !parts.isEmpty {
                let folder = "/" + parts.joined(separator: "/")
                if FileManager.default.fileExists(atPath: "\(folder)/Package.swift") {
                    return folder
                }
                parts.removeLast()
            }
        }
        throw BenchFault("run convey-bench inside the project")
    }
}

/// A program is not built yet.
struct MissingProgram: Error, CustomStringConvertible {
    let path: String
    var description: String { "\(path) is not there; build it first" }
}

/// Why a measurement could not be made.
struct BenchFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
