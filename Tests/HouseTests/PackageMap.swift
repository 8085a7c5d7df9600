import Foundation

/// The rooms as `Package.swift` declares them.
struct PackageMap {
    struct Room: Equatable {
        let kind: String
        let name: String
        let folder: String
        let uses: [String]
    }

    let rooms: [Room]
    private let roomByFolder: [String: Room]
    /// Debian's libraries: modules below `Sources/C`.
    let libraries: [String]

    init(_ text: String) {
        let declaration =
            #/
            \b(?<kind>room|program|fuzz|support|tests)\(\s*
            "(?<name>\w+)"\s*
            (?:,\s*named:\s*"[^"]+"\s*)?
            (?:,\s*in:\s*"(?<folder>[^"]+)"\s*)?
            (?:,\s*uses:\s*\[(?<uses>[^\]]*)\]\s*)?,?\s*\)
            /#
        rooms = text.matches(of: declaration).map { match in
            let kind = String(match.output.kind)
            let name = String(match.output.name)
            return Room(
                kind: kind, name: name,
                folder: Self.folder(kind, name, match.output.folder.map(String.init)),
                uses: (match.output.uses ?? "").matches(of: #/"(\w+)"/#).map { String($0.output.1) }
            )
        }
        roomByFolder = Dictionary(rooms.map { ($0.folder, $0) }) { first, _ in first }
        libraries = text.matches(of: #/name:\s*"(C[A-Z]\w+)",\s*path:\s*"Sources/C//#)
            .map { String($0.output.1) }
    }

    /// The room that a file below `Sources` belongs to: the one with the longest folder above it.
    func room(of path: String) -> Room? {
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            if let room = roomByFolder[String(folder)] { return room }
        }
        return nil
    }

    var shipped: [Room] { rooms.filter { $0.folder.hasPrefix("Sources/") } }

    private static func folder(_ kind: String, _ name: String, _ folder: String?) -> String {
        switch kind {
        case "room", "program": "Sources/\(folder ?? name)"
        case "fuzz": "Tests/Fuzz/\(folder ?? name)"
        default: "Tests/\(name)"
        }
    }
}
