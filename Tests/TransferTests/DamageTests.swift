import Foundation
import Store
import TestSupport
import Testing
import Zstd

@testable import Transfer

/// Goal: an export that is not whole, or not as it was written, is never put to use, and the import can
/// be begun again. Method: cut a sound export at every length and flip bits in it, by seed.
@Suite struct DamageTests {
    private static func export() async throws -> (Place, [UInt8]) {
        let place = try await Place(.sqlite)
        var furniture = Furniture(random: SeededRandom(seed: 3))
        try await furniture.fill(place, sites: 2, chunks: 1)
        return (place, [UInt8](try Data(contentsOf: URL(filePath: try await place.export()))))
    }

    private static func write(_ bytes: [UInt8], in place: Place) throws -> String {
        let path = place.temporary.directory.file("damaged.convey")
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    /// Reads an export to its end, or to what is wrong with it.
    private static func read(_ bytes: [UInt8], in place: Place) async throws {
        let source = try ImportSource(try write(bytes, in: place))
        while true { if try await source.isAtEnd() { return } }
    }

    @Test func whatWasCutOffIsToldSo() async throws {
        let (place, bytes) = try await Self.export()
        var random = SeededRandom(seed: 11)
        let lengths =
            [0, 1, 47, 48, 49, bytes.count - 1]
            + (0..<60).map { _ in
                Int.random(in: 0..<bytes.count, using: &random)
            }
        for length in lengths {
            await #expect(throws: TransferRefusal.self, "cut at \(length)") {
                try await Self.read(Array(bytes[..<length]), in: place)
            }
        }
        try await Self.read(bytes, in: place)
    }

    @Test func noFlippedBitPasses() async throws {
        let (place, bytes) = try await Self.export()
        var random = SeededRandom(seed: 12)
        for _ in 0..<300 {
            var damaged = bytes
            let place0 = Int.random(in: 0..<bytes.count, using: &random)
            damaged[place0] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            await #expect(throws: TransferRefusal.self, "bit at \(place0)") {
                try await Self.read(damaged, in: place)
            }
        }
    }

    /// Sound blocks around lines that nobody of ours wrote.
    @Test func noForeignLineIsTaken() async throws {
        let (place, bytes) = try await Self.export()
        let file = Queue(bytes)
        let blocks = ExportBlockReader { file.next($0) }
        var lines: [[UInt8]] = []
        while let block = try blocks.block() {
            lines += block.split(separator: UInt8(ascii: "\n")).map(Array.init)
        }
        let short = lines.filter { $0.count < 1_000 }
        var random = SeededRandom(seed: 13)
        for _ in 0..<400 {
            var damaged = lines[0] + [UInt8(ascii: "\n")]
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                var line = try #require(short.randomElement(using: &random))
                let spot = Int.random(in: 0..<line.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: line.remove(at: spot)
                case 1: line[spot] = UInt8.random(in: .min ... .max, using: &random)
                default: break
                }
                damaged += line + [UInt8(ascii: "\n")]
            }
            var compressor = Compressor()
            let frame = try compressor.compress(damaged)
            await #expect(
                throws: TransferRefusal.self, "\(String(decoding: damaged, as: UTF8.self))"
            ) {
                try await Self.read(ExportBlock.head(of: frame) + frame, in: place)
            }
        }
    }

    /// Bytes that are handed out from front to back.
    private final class Queue {
        private var rest: ArraySlice<UInt8>
        init(_ bytes: [UInt8]) { rest = bytes[...] }
        func next(_ count: Int) -> [UInt8] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
    }

    @Test(arguments: Backend.all) func whatWasCutOffIsBegunAgain(_ backend: Backend) async throws {
        let (old, bytes) = try await Self.export()
        let new = try await Place(backend)
        let desk = TransferDesk(new.store, tables: Place.tables)
        for length in [bytes.count - 1_000, bytes.count - 60] {
            let part = try Self.write(Array(bytes[..<length]), in: old)
            await #expect(throws: TransferRefusal.self) { try await new.import(part) }
            await #expect(throws: TransferRefusal.unfinished) { try await desk.checkUse() }
        }
        try await new.import(try Self.write(bytes, in: old))
        #expect(try await new.contents() == old.contents())
    }
}
