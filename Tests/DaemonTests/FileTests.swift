import Daemon
import Foundation
import Testing

/// Goal: small files are read within bounds and replaced as a whole; a lock has one holder. Method: a
/// directory of its own for each test.
@Suite struct FileTests {
    private let directory = NSTemporaryDirectory() + "convey-files-\(UUID().uuidString)"

    init() throws { try BoundedFile.makeDirectory(directory + "/a/b") }

    @Test func replacesAndReads() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/a/b/file"
        try BoundedFile.replace(path, with: [1, 2, 3])
        try BoundedFile.replace(path, with: [4])
        #expect(try BoundedFile.read(path, bytesMax: 1) == [4])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/a/b") == ["file"])
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func whatRootWritesBelongsToTheDirectorysOwner() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.setAttributes(
            [.ownerAccountID: 61_999, .groupOwnerAccountID: 61_998],
            ofItemAtPath: directory + "/a/b")
        try BoundedFile.replace(directory + "/a/b/file", with: [1])
        let attributes = try FileManager.default.attributesOfItem(
            atPath: directory + "/a/b/file")
        #expect(attributes[.ownerAccountID] as? Int == 61_999)
        #expect(attributes[.groupOwnerAccountID] as? Int == 61_998)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func refusesWhatIsTooLargeOrMissing() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/file"
        try BoundedFile.replace(path, with: Array(repeating: 0, count: 100_000))
        #expect(throws: SystemFault("read \(path)", code: EFBIG)) {
            try BoundedFile.read(path, bytesMax: 99_999)
        }
        #expect(throws: SystemFault("read \(path)x", code: ENOENT)) {
            try BoundedFile.read(path + "x", bytesMax: 1)
        }
        #expect(throws: SystemFault("write \(path)/x", code: ENOTDIR)) {
            try BoundedFile.replace(path + "/x", with: [])
        }
        #expect(!BoundedFile.exists(path + "x"))
    }

    @Test func aLockHasOneHolder() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/lock"
        try hold(path) {
            let fault = #expect(throws: SystemFault.self) { try hold(path) {} }
            #expect(fault?.isHeld == true)
        }
        try hold(path) {}
    }

    private func hold(_ path: String, _ body: () throws -> Void) throws {
        let lock = try FileLock(path)
        try body()
        _ = consume lock
    }

    @Test func raisesTheLimitOfOpenFilesToWhatTheSystemAllows() {
        let limit = OpenFiles.raiseLimit()
        #expect(limit == Int(sysconf(Int32(_SC_OPEN_MAX))))
        #expect(OpenFiles.raiseLimit() == limit)
    }
}
