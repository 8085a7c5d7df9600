import Foundation
import HTTP
import Synchronization
import Testing

@testable import Buffer
@testable import ConveyProtocol
@testable import Intake

/// Goal: a picture's address becomes an event, and a picture comes whatever happens. Method: requests
/// through the routes over a store in memory.
@Suite struct PixelTests {
    private let harness = IntakeHarness()

    private func get(
        _ query: String, _ headers: Headers = Headers(), _ method: HTTP::Method = .get
    ) -> Response {
        harness.send(Request(method, "/v1/p.gif?\(query)", headers: headers))
    }

    private func isPicture(_ response: Response) -> Bool {
        response.headers["Content-Type"] == "image/gif"
            && response.headers["Cache-Control"] == "no-store"
            && response.body.count == 43 && response.body.starts(with: Array("GIF89a".utf8))
            && response.body.last == 0x3B
    }

    @Test func storesWhatTheAddressSays() {
        let click = "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQY"
        let response = get(
            "key=\(IntakeHarness.siteKey)&type=purchase&id=o-7&order_id=%237&value=9.5&currency=usd"
                + "&visitor=v&colour=red&utm_source=mail&gclid=\(click)&consent.analytics=granted"
                + "&title=Hello%20you&order.cart_token=c&colour=blue&empty=&data.note=n",
            ["Referer": "https://shop.example/thanks?utm_campaign=x", "User-Agent": "Mail/1"])
        #expect(response.status == 200 && isPicture(response))
        let event = harness.store.events[0]
        #expect(event.fault == nil && event.lane == .conversion)
        let expected: [String: String] = [
            "id": "o-7", "type": "purchase", "source": "browser", "class": "site_key",
            "order.id": "7", "order.cart_token": "c", "value.amount": "9.50",
            "value.currency": "USD", "visitor": "v", "data.colour": "red", "data.note": "n",
            "utm.source": "mail", "click.gclid": click, "consent.analytics": "granted",
            "page.title": "Hello you", "client.ip": "127.0.0.0", "client.user_agent": "Mail/1",
            "page.url": "https://shop.example/thanks?utm_campaign=x",
        ]
        for (path, value) in expected { #expect(event[path] == value, "\(path)") }
        #expect(event["data.gclid"] == nil && event["data.utm_source"] == nil)
        #expect(event["utm.campaign"] == nil && !event.text.contains(IntakeHarness.siteKey))
    }

    @Test func isAPageViewByDefault() {
        let response = get(
            "key=\(IntakeHarness.siteKey)",
            ["Referer": "https://shop.example/a?utm_source=news"])
        #expect(response.status == 200)
        let event = harness.store.events[0]
        #expect(event["type"] == "page_view" && event["utm.source"] == "news")
        #expect(event.text.contains("generated_id"))
    }

    @Test func comesWhateverHappens() {
        let key = "key=\(IntakeHarness.siteKey)"
        for (query, status) in [
            ("", 401), ("key=site_unknown", 401), ("key=\(IntakeHarness.serverKey)", 401),
            ("\(key)&type=NO", 400), ("\(key)&value=1,00", 400), ("\(key)&%zz&type=a", 200),
        ] {
            let response = get(query)
            #expect(response.status == status && isPicture(response), "\(query)")
        }
        harness.store.state.withLock { $0.refusals = PerLane(repeating: .diskFull) }
        let full = get(key)
        #expect(full.status == 507 && isPicture(full))
        let counters = harness.intake.counters
        #expect(counters.requests == ["key_missing": 1, "key_unknown": 2])
        #expect(counters.turnedAway == ["disk_full": 1] && counters.faulty == ["invalid_value": 2])
        harness.intake.use(IntakeSites())
        #expect(isPicture(get(key)))
    }

    @Test func canBeSwitchedOff() {
        let off = IntakeHarness { custom, _ in custom.features["pixel"] = false }
        let response = off.send(Request(.get, "/v1/p.gif?key=\(IntakeHarness.siteKey)"))
        #expect(response.status == 503 && isPicture(response) && off.store.events.isEmpty)
    }

    @Test func aHeadStoresNothing() {
        #expect(get("key=\(IntakeHarness.siteKey)", Headers(), .head).status == 200)
        #expect(harness.store.events.isEmpty)
    }
}
