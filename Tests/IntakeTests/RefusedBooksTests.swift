import ConveyProtocol
import Synchronization
import Testing

@testable import Intake

/// Goal: what intake turns away is in the books, by lane and reason. Method: bad requests against a
/// store that only counts.
@Suite struct RefusedBooksTests {
    private let harness = IntakeHarness()

    private var refused: PerLane<[String: Int]> { harness.store.state.withLock { $0.refused } }

    @Test func aFaultyEventIsCountedByItsCode() {
        _ = harness.post(#"[{"type":"page_view"},{"type":"NOT A TYPE"}]"#)
        #expect(refused[.pageview] == ["invalid_value": 1])
    }

    @Test func aRequestTurnedAwayWholeCountsOnce() {
        _ = harness.post(#"{"type":"#)
        _ = harness.post(#"{"type":"page_view"}"#, key: "site_unknown")
        #expect(refused[.pageview] == ["body_malformed": 1, "key_unknown": 1])
    }

    @Test func aForgedWebhookCountsAmongConversions() {
        _ = harness.webhook("orders/create", Array("{}".utf8), secret: "wrong")
        #expect(refused[.conversion] == ["signature_wrong": 1])
        #expect(refused[.pageview] == [:])
    }
}
