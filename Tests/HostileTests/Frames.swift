import Child
import Foundation
import Stage
import Testing

/// Compressed bodies that promise more than they should.
enum Frames {
    /// One zstd frame (RFC 8878) of run-length blocks, each 128 KiB of zeros in 4 bytes.
    /// - Parameter windowLog: the logarithm of the window that it states; the protocol allows 23.
    static func zeros(bytes: Int, windowLog: Int = 23) -> [UInt8] {
        let blockBytes = 131_072
        let blocks = max(1, bytes / blockBytes)
        var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, UInt8((windowLog - 10) << 3)]
        frame.reserveCapacity(blocks * 4 + 6)
        for block in 1...blocks {
            let header = blockBytes << 3 | 1 << 1 | (block == blocks ? 1 : 0)
            frame += [0, 8, 16].map { UInt8(truncatingIfNeeded: header >> $0) } + [0]
        }
        return frame
    }

    /// 2.5 GB of zeros as gzip members of 64 MiB each, of which each one is too much.
    static func gzipBomb(on stage: Stage) async throws -> [UInt8] {
        let file = stage.path("zeros.gz")
        let made = try await Program.run(
            "/bin/sh", ["-c", "head -c 67108864 /dev/zero | gzip > \(file)"],
            scratch: stage.path("zeros"))
        try #require(made.status == 0)
        let member = [UInt8](try Data(contentsOf: URL(filePath: file)))
        return Array(repeatElement(member, count: 40).joined())
    }
}
