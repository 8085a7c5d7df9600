import Testing
import Time

@Suite struct TimestampTests {
    @Test func comparesByInstant() {
        #expect(Timestamp(microseconds: 1) < Timestamp(microseconds: 2))
    }
}
