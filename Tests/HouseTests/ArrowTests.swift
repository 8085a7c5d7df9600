import Testing

/// Goal: no room sees more than the map allows. Method: the table, the package's rooms and every
/// import line held against one another.
@Suite struct ArrowTests {
    /// Modules that every room may import besides rooms.
    static let system: Set = ["FoundationEssentials", "Synchronization", "Glibc"]

    /// What is wrong with a room that uses these, or nil.
    static func fault(of room: String, using used: [String]) -> String? {
        guard let allowed = ArrowTable.uses(of: room) else { return "\(room) stands in no row" }
        let forbidden = used.filter { !allowed.contains($0) }
        return forbidden.isEmpty ? nil : "\(room) may not use \(forbidden)"
    }

    @Test func theDocumentHoldsTheSameTable() {
        let rows = ArrowTable.rows(in: Project.text(of: "docs/architecture.md"))
        #expect(rows == ArrowTable.rows)
    }

    @Test func everyRoomUsesOnlyWhatItMay() {
        let faults = Project.map.shipped.compactMap { Self.fault(of: $0.name, using: $0.uses) }
        #expect(faults.isEmpty, "\(faults)")
        #expect(Project.map.shipped.count > 3)
    }

    @Test func everyImportIsDeclared() {
        for file in Project.sources {
            guard let room = Project.map.room(of: file.path) else { continue }
            let undeclared = Rule.imports(of: file).map(\.module).filter {
                !room.uses.contains($0) && !Self.system.contains($0)
            }
            #expect(undeclared.isEmpty, "\(file.path) imports \(undeclared)")
        }
    }

    @Test func everyUseIsImported() {
        var imported: [String: Set<String>] = [:]
        for file in Project.sources {
            let room = Project.map.room(of: file.path)?.name ?? ""
            imported[room, default: []].formUnion(Rule.imports(of: file).map(\.module))
        }
        for room in Project.map.shipped {
            let idle = room.uses.filter { imported[room.name]?.contains($0) != true }
            #expect(idle.isEmpty, "\(room.name) is given \(idle) and never imports it")
        }
    }

    @Test func everyFolderIsARoomAndEveryRoomHasFiles() {
        for file in Project.sources {
            #expect(Project.map.room(of: file.path) != nil, "\(file.path) lies in no room")
        }
        for room in Project.map.rooms where room.kind != "fuzz" {
            let files = (Project.sources + Project.tests).filter {
                $0.path.hasPrefix(room.folder + "/")
            }
            #expect(!files.isEmpty, "\(room.name) is empty")
        }
    }

    @Test func noRoomIsNamedAfterNothing() {
        let refused: Set = [
            "Common", "Utils", "Utilities", "Helpers", "Models", "Managers", "Dispatch", "Testing",
        ]
        #expect(Project.map.rooms.allSatisfy { !refused.contains($0.name) })
    }

    @Test func forbiddenArrowsWouldBeFound() {
        #expect(Self.fault(of: "Intake", using: ["Store"]) != nil)
        #expect(Self.fault(of: "CollectorMain", using: ["Store"]) != nil)
        #expect(Self.fault(of: "Buffer", using: ["HTTP"]) != nil)
        #expect(Self.fault(of: "Nowhere", using: []) != nil)
        #expect(Self.fault(of: "Intake", using: ["Buffer", "Time"]) == nil)
    }

    @Test func theMapIsReadRight() {
        let map = PackageMap(
            """
            .systemLibrary(
                name: "CYAML", path: "Sources/C/YAML", pkgConfig: "yaml-0.1"),
            room("A", in: "Base/A"),
            room(
                "B", in: "B", uses: ["A", "CYAML"]),
            program("C", named: "convey-c", in: "C/Main", uses: ["A"]),
            tests("ATests", uses: ["A"]),
            """)
        #expect(map.libraries == ["CYAML"])
        #expect(
            map.rooms == [
                .init(kind: "room", name: "A", folder: "Sources/Base/A", uses: []),
                .init(kind: "room", name: "B", folder: "Sources/B", uses: ["A", "CYAML"]),
                .init(kind: "program", name: "C", folder: "Sources/C/Main", uses: ["A"]),
                .init(kind: "tests", name: "ATests", folder: "Tests/ATests", uses: ["A"]),
            ])
    }

    @Test(arguments: [
        "import Time", "  package import Time", "@testable private import Time",
        "import struct Time.Timestamp",
    ])
    func importsAreRead(line: String) {
        let file = SourceFile(path: "x", text: "// import Foundation\n\(line)")
        #expect(Rule.imports(of: file).map(\.module) == ["Time"])
    }
}
