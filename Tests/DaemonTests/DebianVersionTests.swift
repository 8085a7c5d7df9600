import Foundation
import Testing

@testable import Daemon

/// Goal: versions are ordered as dpkg orders them. Method: pairs that deb-version(7) tells of, and dpkg's
/// own list written by hand.
@Suite struct DebianVersionTests {
    @Test(arguments: [
        ("1.0", "1.1"), ("1.0", "1.0-1"), ("1.0-1", "1.0-2"), ("1.0~rc1", "1.0"), ("9", "10"),
        ("1.0", "1:0.1"), ("1.0a", "1.0b"), ("1.0a", "1.0+"), ("1.0-1", "1.0-1+deb12u1"),
        ("2.1.12-stable-8", "2.1.12-stable-8+deb12u1"),
        ("2.1.12-stable-8+deb12u1", "2.1.12-stable-10"),
        ("2.1.8-stable-4", "2.1.12-stable-8+deb12u1"), ("1.0~~", "1.0~"), ("1.0-1~bpo1", "1.0-1"),
    ])
    func orders(lower: String, higher: String) {
        #expect(DebianVersion(lower) < DebianVersion(higher))
        #expect(!(DebianVersion(higher) < DebianVersion(lower)))
    }

    @Test func leadingZerosAreNothing() {
        #expect(DebianVersion("1.01") == DebianVersion("1.1"))
        #expect(DebianVersion("0:1.0") == DebianVersion("1.0"))
    }

    @Test func findsAnInstalledPackage() {
        let status = """
            Package: libevent
            Status: install ok installed
            Version: 1.0

            Package: libevent-core-2.1-7
            Status: install ok installed
            Architecture: amd64
            Version: 2.1.12-stable-8
            Description: text
             Package: another

            Package: gone
            Status: deinstall ok config-files
            Version: 3.0
            """
        let find = { InstalledPackages.version(of: $0, in: Array(status.utf8))?.description }
        #expect(find("libevent-core-2.1-7") == "2.1.12-stable-8")
        #expect(find("libevent") == "1.0")
        #expect(find("gone") == nil)
        #expect(find("another") == nil)
    }
}

/// Goal: a file system that ends with the machine is told from a disk. Method: a table by hand, and this
/// machine's own.
@Suite struct DiskTrialTests {
    @Test func findsTheMountAbove() {
        let table = """
            22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            23 22 0:21 / /run rw shared:2 master:1 - tmpfs tmpfs rw
            24 22 0:22 / /var/lib rw - xfs /dev/sdb rw
            25 24 0:23 / /var/lib rw - btrfs /dev/sdc rw
            """
        #expect(MountTable.kind(of: "/var/lib/convey", in: table) == "btrfs")
        #expect(MountTable.kind(of: "/run", in: table) == "tmpfs")
        #expect(MountTable.kind(of: "/runner", in: table) == "ext4")
        #expect(MountTable.kind(of: "/", in: "nonsense") == nil)
    }

    @Test func measuresAndLeavesNothing() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            .path
        try BoundedFile.makeDirectory(directory)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let trial = try DiskTrial.run(in: directory, rounds: 3)
        #expect(trial.syncTime > .zero)
        #expect(!BoundedFile.exists(directory + "/.trial"))
        #expect(MountTable.isMemory("/proc") == false)
        #expect(throws: SystemFault.self) { try DiskTrial.run(in: "/nowhere") }
    }
}
