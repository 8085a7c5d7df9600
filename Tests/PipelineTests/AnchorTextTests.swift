import ConveyProtocol
import Testing
import Timeline

@testable import Pipeline

/// Goal: an order that waits to be judged is found again, whatever it is known by.
@Suite struct AnchorTextTests {
    @Test func readsBackKeys() throws {
        let keys = [
            FactKey(.orderID, "a:b"), FactKey(.orderName, "1042"), FactKey(.checkoutToken, "t"),
        ]
        let anchor = try #require(OrderAnchor(site: 7, keys: keys))
        #expect(AnchorText.anchor(AnchorText.text(of: anchor), site: 7) == anchor)
    }

    @Test(arguments: CredentialClass.allCases)
    func readsBackAPurchaseThatNamesNoOrder(_ credential: CredentialClass) throws {
        let id = try #require(EventID("shop:1"))
        let anchor = OrderAnchor(event: Fact.Name(site: 7, credential: credential, id: id))
        #expect(AnchorText.anchor(AnchorText.text(of: anchor), site: 7) == anchor)
        #expect(AnchorText.text(of: anchor) == "event:\(credential.rawValue):shop:1")
    }
}
