import Crypto
import Testing

/// Goal: fractions cover [0, 1) and never reach 1. Method: a source of fixed bytes.
@Suite struct RandomTests {
    struct Fixed: RandomSource {
        let byte: UInt8
        func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }
    }

    @Test func staysBelowOne() {
        #expect(Fixed(byte: 0).fraction() == 0)
        #expect(Fixed(byte: 0xff).fraction() < 1)
        #expect(Fixed(byte: 0xff).fraction() > 0.999_999)
        #expect(Fixed(byte: 0x80).fraction() > 0.5)
    }

    @Test func makesTokensThatDiffer() {
        let tokens = Set((0..<100).map { _ in RandomBytes().token() })
        #expect(tokens.count == 100)
        #expect(tokens.allSatisfy { $0.utf8.count == 43 })
    }
}
