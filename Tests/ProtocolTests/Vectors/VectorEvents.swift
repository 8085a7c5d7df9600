import Foundation
import Time

@testable import ConveyProtocol

/// Makes the vectors of events: how the edge writes them, and which lines are rejected.
enum VectorEvents {
    private struct Case {
        let name: String
        let sent: String
        var privacy = SiteSettings.Privacy.hash
        var isBrowser = false
    }

    private static let cases: [Case] = [
        Case(name: "the least event", sent: #"{"id":"e-1","type":"page_view"}"#),
        Case(
            name: "members in another order, and what a sender does not decide",
            sent:
                #"{"data":{"a":1},"site":"forged","source":"shopify","id":"e-1","type":"t","key":"site_x"}"#
        ),
        Case(
            name: "an order",
            sent:
                ##"{"id":"o-1042","type":"purchase","occurred_at":"2026-03-01T13:00:00+01:00","order":{"name":"#1042","id":1042,"test":false},"value":{"amount":119.9,"currency":"eur"},"items":[{"id":7,"title":"Shirt","quantity":"2","price":"59.95","brand":"Acme"}]}"##
        ),
        Case(
            name: "a person, hashed",
            sent:
                #"{"id":"p-1","type":"sign_up","user":{"email":" Jo.Doe@Gmail.com ","phone":"+49 30 123456","first_name":"Jörg","postal_code":"94105-1234","country":"de","external_id":7}}"#
        ),
        Case(
            name: "a person, dropped",
            sent:
                #"{"id":"p-1","type":"sign_up","user":{"email":"jo@b.example","external_id":"c-7"}}"#,
            privacy: .drop),
        Case(
            name: "a person, kept",
            sent: #"{"id":"p-1","type":"sign_up","user":{"email":"Jo@b.example"}}"#, privacy: .keep),
        Case(
            name: "a page, scrubbed",
            sent:
                #"{"id":"v-1","type":"page_view","page":{"url":"https://u:p@acme.example/a?token=t&q=1&mail=x#code=9","title":"For jo@b.example","referrer":"https://search.example/"}}"#
        ),
        Case(
            name: "clicks, one of them cut",
            sent:
                #"{"id":"c-1","type":"page_view","click":{"gclid":"Cj0KCQjw","fbclid":"IwAR0123456789abcdefgh","twclid":"x"},"utm":{"source":"news"}}"#
        ),
        Case(
            name: "a shopper's device as a server states it",
            sent:
                #"{"id":"d-1","type":"page_view","client":{"os":"iOS","ip":"198.51.100.7","country":"de","city":"Köln","device":"phone","browser":"Safari"}}"#
        ),
        Case(
            name: "a browser does not state its own device",
            sent:
                #"{"id":"d-2","type":"page_view","client":{"ip":"198.51.100.7","device":"tv","screen":"390x844"}}"#,
            isBrowser: true),
        Case(
            name: "a browser whose clock is an hour slow",
            sent:
                #"{"id":"b-1","type":"page_view","occurred_at":"2026-03-01T10:59:00Z","sent_at":"2026-03-01T11:00:00Z"}"#,
            isBrowser: true),
        Case(
            name: "an event of the day after tomorrow",
            sent: #"{"id":"f-1","type":"page_view","occurred_at":"2026-03-03T12:00:00Z"}"#),
        Case(
            name: "a text that is cut between two characters",
            sent: #"{"id":"t-1","type":"t","visitor":"\#(String(repeating: "é", count: 65))"}"#),
        Case(
            name: "members that the schema does not name",
            sent:
                #"{"id":"x-1","type":"t","plan":"gold","note":"ask jo@b.example","data":{"plan":"silver","jo@b.example":1}}"#
        ),
    ]

    static func written() throws -> [EventVector] {
        try cases.map { one in
            var edge = Edge()
            edge.site = SiteSettings.Site(
                id: VectorKeys.site, name: "acme.myshopify.com", platform: .shopify,
                currency: Currency("EUR")!, timeZone: "UTC")
            edge.site.privacy = one.privacy
            edge.receivedAt = VectorKeys.now
            if one.isBrowser { (edge.source, edge.credential) = (.browser, .siteKey) }
            let (event, json) = try edge.write(one.sent)
            return EventVector(
                name: one.name, privacy: one.privacy.rawValue, source: edge.source.rawValue,
                credential: edge.credential.rawValue, receivedAt: VectorKeys.now.description,
                sent: one.sent, written: json, lane: event.lane.rawValue)
        }
    }

    private static let sound =
        #"{"seq":1,"id":"e-1","type":"purchase","site":"\#(VectorKeys.site)","source":"server","#
        + #""class":"server_key","occurred_at":"2026-03-01T12:00:00.000Z","#
        + #""received_at":"2026-03-01T12:00:00.000Z","clock_offset_ms":0,"click":{"#
        + #""gclid":"Cj0KCQjw0123456789ab"},"value":{"amount":"1.50","currency":"EUR"},"#
        + #""items":[{"quantity":1}],"data":{"a":{}}}"#

    /// Name, what is replaced, by what, the fault, and whether the JSON Schema sees it.
    private static let edits: [(String, String, String, EventFault, Bool)] = [
        ("not JSON", "\"a\":{}", "\"a\":{", EventFault(.invalidJSON), false),
        (
            "a member twice", "\"id\":\"e-1\"", "\"id\":\"e-1\",\"id\":\"e-2\"",
            EventFault(.duplicateMember), false
        ),
        ("no type", "\"type\"", "\"kind\"", EventFault(.missingMember, at: "/type"), true),
        ("an id with a blank", "\"e-1\"", "\"e 1\"", EventFault(.invalidValue, at: "/id"), true),
        (
            "a type in capitals", "\"purchase\"", "\"Purchase\"",
            EventFault(.invalidValue, at: "/type"), true
        ),
        (
            "a site that is a name", "\"\(VectorKeys.site)\"", "\"acme\"",
            EventFault(.invalidValue, at: "/site"), true
        ),
        (
            "an unknown source", "\"server\"", "\"fax\"", EventFault(.invalidValue, at: "/source"),
            true
        ),
        (
            "a time without milliseconds", "\"occurred_at\":\"2026-03-01T12:00:00.000Z\"",
            "\"occurred_at\":\"2026-03-01T12:00:00Z\"",
            EventFault(.invalidValue, at: "/occurred_at"), true
        ),
        (
            "a clock offset that is text", "\"clock_offset_ms\":0", "\"clock_offset_ms\":\"0\"",
            EventFault(.wrongType, at: "/clock_offset_ms"), true
        ),
        (
            "a click id that was cut", "Cj0KCQjw0123456789ab", "Cj0KCQjw",
            EventFault(.invalidValue, at: "/click/gclid"), true
        ),
        (
            "an amount with thousands separators", "\"1.50\"", "\"1,234.50\"",
            EventFault(.invalidValue, at: "/value/amount"), true
        ),
        (
            "an amount that is a number", "\"1.50\"", "1.50",
            EventFault(.wrongType, at: "/value/amount"), true
        ),
        (
            "an amount without a currency", "\"currency\"", "\"unit\"",
            EventFault(.missingMember, at: "/value/currency"), true
        ),
        (
            "a currency in small letters", "\"EUR\"", "\"eur\"",
            EventFault(.invalidValue, at: "/value/currency"), true
        ),
        (
            "a quantity below nothing", "\"quantity\":1", "\"quantity\":-1",
            EventFault(.invalidValue, at: "/items/0/quantity"), true
        ),
        (
            "items that are no list", "\"items\":[{\"quantity\":1}]", "\"items\":{}",
            EventFault(.wrongType, at: "/items"), true
        ),
        (
            "data nine levels deep", "\"a\":{}", "\"a\":[[[[[[[[1]]]]]]]]",
            EventFault(.tooDeep, at: "/data"), false
        ),
        (
            "a control character", "\"type\":\"purchase\"",
            "\"type\":\"purchase\",\"visitor\":\"a\\u0001\"",
            EventFault(.invalidValue, at: "/visitor"), true
        ),
        (
            "a page that is text", "\"items\"", "\"page\":\"/\",\"items\"",
            EventFault(.wrongType, at: "/page"), true
        ),
        (
            "a device that is no kind", "\"items\"", "\"client\":{\"device\":\"phone\"},\"items\"",
            EventFault(.invalidValue, at: "/client/device"), true
        ),
        (
            "consent with a part missing", "\"items\"",
            "\"consent\":{\"analytics\":\"granted\"},\"items\"",
            EventFault(.missingMember, at: "/consent/ad_user_data"), true
        ),
        (
            "a visitor of 129 bytes", "\"type\":\"purchase\"",
            "\"type\":\"purchase\",\"visitor\":\"\(String(repeating: "v", count: 129))\"",
            EventFault(.tooLarge, at: "/visitor"), true
        ),
    ]

    static func rejected() -> [RejectedEventVector] {
        edits.map { edit in
            precondition(sound.ranges(of: edit.1).count == 1, "An edit changes one place.")
            return RejectedEventVector(
                name: edit.0, line: sound.replacing(edit.1, with: edit.2),
                code: edit.3.code.rawValue, pointer: edit.3.pointer, breaksSchema: edit.4)
        }
    }
}
