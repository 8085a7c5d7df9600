import Testing

@testable import Daemon

/// Goal: memory that only the start needed is given back, and nothing else. Method: a made-up map, and
/// the real one of this process, which must go on working; `convey-bench memory` shows what it gains.
@Suite struct StartMemoryTests {
    private static let smaps = """
        55d000000000-55d000001000 r--p 00000000 08:01 10 /usr/bin/program
        Rss:                   4 kB
        Anonymous:             0 kB
        55d000001000-55d000009000 r-xp 00001000 08:01 10 /usr/bin/program
        Anonymous:             0 kB
        55d000009000-55d00000a000 r--p 00009000 08:01 10 /usr/bin/program
        Anonymous:             4 kB
        55d00000a000-55d00000b000 rw-p 0000a000 08:01 10 /usr/bin/program
        Anonymous:             0 kB
        7f0000000000-7f0000001000 r--s 00000000 08:01 11 /var/lib/buffer.db-shm
        Anonymous:             0 kB
        7f0000002000-7f0000003000 r--p 00000000 00:00 0
        Anonymous:             0 kB
        7f0000004000-7f0000005000 r-xp 00000000 00:00 0                          [vdso]
        Anonymous:             0 kB

        """

    @Test func namesOnlyUnchangedPagesOfFiles() {
        #expect(
            MemoryMap.untouched(in: Self.smaps)
                == [0x55d0_0000_0000..<0x55d0_0000_1000, 0x55d0_0000_1000..<0x55d0_0000_9000])
    }

    @Test func namesNothingOfWhatItDoesNotUnderstand() {
        #expect(MemoryMap.untouched(in: "").isEmpty)
        #expect(MemoryMap.untouched(in: "Anonymous: 0 kB\nx-y r--p 0 0 0 /a\n-").isEmpty)
    }

    @Test func leavesTheProgramRunning() {
        StartMemory.giveBack()
        // Would not get here, had anything been dropped that cannot be read again.
        #expect(MemoryMap.untouched(in: Self.smaps).count == 2)
    }
}
