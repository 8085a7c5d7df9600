import Foundation

/// The project's files, found from this file's own place.
enum Project {
    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Swift files below `Sources` and `Tests`.
    static let sources = swiftFiles(below: "Sources")
    static let tests = swiftFiles(below: "Tests")
    static let map = PackageMap(text(of: "Package.swift"))

    static func text(of path: String) -> String {
        let data = FileManager.default.contents(atPath: root.appending(path: path).path) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// Paths of all files that a person wrote, relative to the root: not what tools build or keep.
    static let allPaths: [String] = {
        let skipped: Set = [
            ".git", ".swiftpm", ".venv", "__pycache__", "node_modules",
        ]
        var paths: [String] = []
        var folders = [""]
        while let folder = folders.popLast() {
            let url = folder.isEmpty ? root : root.appending(path: folder)
            for name in (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [] {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                let type = try? FileManager.default
                    .attributesOfItem(atPath: root.appending(path: path).path)[.type]
                if skipped.contains(name) || name.hasPrefix(".build") { continue }
                if type as? FileAttributeType != .typeDirectory {
                    paths.append(path)
                } else {
                    folders.append(path)
                }
            }
        }
        return paths.sorted()
    }()

    private static func swiftFiles(below folder: String) -> [SourceFile] {
        allPaths.filter { $0.hasPrefix(folder + "/") && $0.hasSuffix(".swift") }
            .map { SourceFile(path: $0, text: text(of: $0)) }
    }
}
