import Daemon
import Foundation
import TestSupport
import Testing

/// Goal: what was appended stays in order, and a line cut off by a crash does not spoil the next.
/// Method: files on the disk.
@Suite struct AppendedFileTests {
    private func text(_ path: String) throws -> String {
        String(decoding: try BoundedFile.read(path, bytesMax: 1_000_000), as: UTF8.self)
    }

    @Test func growsAtItsEnd() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("record")
        for word in ["a\n", "b\n"] { try AppendedFile(path).append(Array(word.utf8)) }
        let large = [UInt8](repeating: 0x63, count: 300_000) + [0x0A]
        let file = try AppendedFile(path)
        try file.append(large)
        try file.append([])
        #expect(try text(path) == "a\nb\n" + String(repeating: "c", count: 300_000) + "\n")
    }

    @Test func endsALineThatWasCutOff() throws {
        let folder = try TemporaryDirectory()
        try AppendedFile(folder.file("record")).append(Array("whole\ncut".utf8))
        try AppendedFile(folder.file("record")).append(Array("next\n".utf8))
        #expect(try text(folder.file("record")) == "whole\ncut\nnext\n")
    }

    @Test func saysWhyItCannotBeOpened() throws {
        let folder = try TemporaryDirectory()
        #expect(throws: SystemFault("open \(folder.path)", code: EISDIR)) {
            try AppendedFile(folder.path)
        }
    }
}
