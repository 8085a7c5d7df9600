import Daemon
import Foundation
import Testing

/// Goal: reserved space is real, copies are told from originals. Method: files in a directory of its
/// own for each test.
@Suite struct DiskFileTests {
    private let directory = NSTemporaryDirectory() + "convey-disk-\(UUID().uuidString)"
    private var path: String { directory + "/file" }

    init() throws { try BoundedFile.makeDirectory(directory) }

    @Test func reservedSpaceLiesOnTheDisk() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try DiskFile.reserve(path, byteCount: 1_048_576)
        #expect(DiskFile.byteCount(path) == 1_048_576)
        var status = stat()
        try #require(unsafe stat(path, &status) == 0)
        #expect(status.st_blocks * 512 >= 1_048_576)
        try DiskFile.reserve(path, byteCount: 4096)
        #expect(DiskFile.byteCount(path) == 4096)
    }

    @Test func whatCannotBeReservedLeavesNoFile() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let error = try #require(throws: SystemFault.self) {
            try DiskFile.reserve(path, byteCount: 1 << 60)
        }
        #expect([ENOSPC, EFBIG].contains(error.code))
        #expect(!BoundedFile.exists(path))
    }

    @Test func aCopyHasAnotherIdentityAndAMovedFileItsOwn() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try BoundedFile.replace(path, with: [1])
        let identity = try #require(DiskFile.identity(path))
        try FileManager.default.copyItem(atPath: path, toPath: path + ".copy")
        #expect(DiskFile.identity(path + ".copy") != identity)
        try DiskFile.move(path, to: path + ".moved")
        #expect(DiskFile.identity(path + ".moved") == identity)
        #expect(DiskFile.identity(path) == nil)
        #expect(DiskFile.names(in: directory) == ["file.copy", "file.moved"])
        #expect(DiskFile.remove(path + ".copy"))
        #expect(!DiskFile.remove(path + ".copy"))
    }

    @Test func forgettingTheCacheChangesNothing() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try BoundedFile.replace(path, with: [7, 8])
        DiskFile.forgetCached(path)
        #expect(try BoundedFile.read(path, bytesMax: 2) == [7, 8])
        #expect(try DiskFile.freeBytes(at: directory) > 0)
    }
}
