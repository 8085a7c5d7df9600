import Foundation
import Synchronization

/// A disk that fails on command under one directory, for programs started with its `environment`.
///
/// A C library, loaded before all others (`LD_PRELOAD`), stands before the calls that write. What it
/// does is switched while the programs run, through a small file that both sides map.
package final class FaultyDisk: Sendable {
    /// The kinds of calls that can fail; the raw value is the slot in the control file.
    package enum Call: Int32, CaseIterable, Sendable {
        /// write, pwrite, writev.
        case write
        /// fsync, fdatasync.
        case sync
        /// open, openat, creat.
        case open
        /// rename, renameat.
        case rename
        /// ftruncate.
        case truncate
        /// fallocate, posix_fallocate.
        case allocate
    }

    /// What happens at such a call.
    package enum Fault: Sendable, Equatable {
        /// It fails with this `errno`, such as `EIO` or `ENOSPC`, and does nothing.
        case error(Int32)
        /// A write writes half of its bytes; other calls go well.
        case short
        /// The process dies by SIGKILL just before the call, as in a power cut.
        case killBefore
        /// The process dies by SIGKILL just after it.
        case killAfter
        /// It goes well, and is counted as a hit.
        case counted
        /// It says that it went well, and does nothing.
        case lie

        fileprivate var words: (fault: Int32, error: Int32) {
            switch self {
            case .error(let number): (1, number)
            case .short: (2, 0)
            case .killBefore: (3, 0)
            case .killAfter: (4, 0)
            case .counted: (5, 0)
            case .lie: (6, 0)
            }
        }
    }

    /// What a program under test needs in its environment, beside its own.
    package let environment: [String: String]
    private let control: ControlFile

    /// Prepares a disk whose faults reach files below `prefix` and nothing else. No fault is set.
    package init(under prefix: String) throws {
        let path = NSTemporaryDirectory() + "/convey-faulty-\(UUID().uuidString)"
        // What is loaded before this process, as under a sanitizer, stays before its children.
        let others = ChildProcess.environment["LD_PRELOAD"].map { ":" + $0 } ?? ""
        environment = [
            "LD_PRELOAD": try Self.library.get() + others, "FAULTY_DISK_CONTROL": path,
            "FAULTY_DISK_PREFIX": prefix,
        ]
        control = try ControlFile(path: path, isOwner: true)
    }

    /// The disk that this process itself was started on; nil where it was not.
    package init?(ofThisProcess environment: [String: String]) throws {
        guard let path = environment["FAULTY_DISK_CONTROL"] else { return nil }
        self.environment = environment
        control = try ControlFile(path: path, isOwner: false)
    }

    /// Lets calls fail from now on.
    /// - Parameter passes: how many calls still go well first.
    /// - Parameter times: how many fail; after those, calls go well again. For ever by default.
    package func set(_ call: Call, _ fault: Fault, after passes: Int32 = 0, times: Int32 = -1) {
        let words = fault.words
        control.write([0, words.error, passes, times, 0], at: call)
        control.write([words.fault], at: call)
    }

    /// Heals the disk.
    package func clear() {
        for call in Call.allCases { control.write([0, 0, 0, 0], at: call) }
    }

    /// How many faults came since the call's fault was set: a test that saw none proved nothing.
    package func hits(_ call: Call) -> Int { Int(control.word(4, of: call)) }

    /// Compiled once a process; the result or the reason why not.
    private static let library = Result { try Preload.library("faulty_disk") }
}

/// The file that the test writes and the programs map: five 32-bit words a call.
private final class ControlFile: Sendable {
    private let path: String
    private let isOwner: Bool
    private let descriptor: Int32

    init(path: String, isOwner: Bool) throws {
        self.path = path
        self.isOwner = isOwner
        if isOwner { try Data(count: 4_096).write(to: URL(filePath: path)) }
        descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw CocoaError(.fileReadUnknown) }
    }

    deinit {
        close(descriptor)
        if isOwner { unsafe unlink(path) }
    }

    func write(_ words: [Int32], at call: FaultyDisk.Call) {
        unsafe words.withUnsafeBytes { bytes in
            let count = unsafe pwrite(
                descriptor, bytes.baseAddress, bytes.count, off_t(call.rawValue) * 20)
            precondition(count == bytes.count, "The control file takes what it is given.")
        }
    }

    func word(_ index: Int, of call: FaultyDisk.Call) -> Int32 {
        var word: Int32 = 0
        let offset = off_t(call.rawValue) * 20 + off_t(index) * 4
        let count = unsafe pread(descriptor, &word, 4, offset)
        precondition(count == 4, "The control file holds every word.")
        return word
    }
}
