import ConveyProtocol
import Testing
import Time

@testable import Destinations

/// Goal: nothing leaves that must not, and everybody can read why. Method: one row a situation, the
/// outcome in words.
@Suite struct PreFlightTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let outcome: String
        var wish = Sample.wish()
        var destination = Sample.destination()
        var past = PreFlight.Past()

        init(
            _ situation: String, _ outcome: String, wish: UploadWish = Sample.wish(),
            destination: Destination = Sample.destination(),
            past change: (inout PreFlight.Past) -> Void = { _ in }
        ) {
            testDescription = situation
            self.outcome = outcome
            (self.wish, self.destination) = (wish, destination)
            change(&past)
        }
    }

    static let click = "gclid \(Sample.gclid)"

    static let rows: [Row] =
        consent + age + choice + versions + modes + [
            Row("an ordinary order", "due: 100.00 EUR, \(click), consent granted"),
            Row(
                "a test order", "cancelled: test_order", wish: Sample.wish { $0.isTest = true }),
            Row(
                "a currency that nobody uses", "rejected: currency",
                wish: Sample.wish().in("XQX")),
            Row(
                "an order id with a blank", "rejected: order_id",
                wish: Sample.wish(order: "10 01")),
            Row(
                "an assignment that the destination does not serve", "cancelled: not_served",
                destination: Sample.destination { $0.settings.assignments = ["lead"] }),
            Row(
                "another site than the destination's", "cancelled: not_served",
                destination: Sample.destination { $0.settings.sites = [2] }),
            Row(
                "an order that waits for its confirmation", "held: unconfirmed",
                wish: Sample.wish { $0.standing = .waits(reason: "unconfirmed") }),
            Row(
                "nothing credited to the platform", "cancelled: not_credited",
                destination: Sample.destination { $0.settings.send = .credited }),
            Row(
                "a share credited to the platform",
                "due: 25.00 EUR, \(click), consent granted",
                wish: Sample.wish { $0.creditedMicros = 25_000_000 },
                destination: Sample.destination {
                    $0.settings.send = .credited
                    $0.settings.value = .share
                }),
            Row(
                "a rollout of nothing", "held: rollout",
                destination: Sample.destination { $0.settings.rolloutPercent = 0 }),
        ]

    static let consent: [Row] = [
        Row(
            "consent denied", "cancelled: consent_denied",
            wish: Sample.wish { $0.adUserData = .denied }),
        Row(
            "consent unknown where the site withholds", "held: consent_unknown",
            wish: Sample.wish { $0.adUserData = .unknown }),
        Row(
            "consent unknown where the click id may go",
            "due: 100.00 EUR, \(click), consent left out",
            wish: Sample.wish {
                $0.adUserData = .unknown
                $0.unknownConsent = .clickIDOnly
                $0.user.emailSHA256 = Sample.email
            }),
        Row(
            "consent unknown, the click id may go, but there is none", "cancelled: no_identifier",
            wish: Sample.wish {
                $0.adUserData = .unknown
                $0.unknownConsent = .clickIDOnly
                $0.user.emailSHA256 = Sample.email
                $0.clicks = []
            }),
        Row(
            "consent unknown where all goes unspecified",
            "due: 100.00 EUR, \(click), user, consent left out",
            wish: Sample.wish {
                $0.adUserData = .unknown
                $0.unknownConsent = .sendUnspecified
                $0.user.emailSHA256 = Sample.email
            }),
        Row(
            "consent granted with an e-mail address",
            "due: 100.00 EUR, \(click), user, consent granted",
            wish: Sample.wish { $0.user.emailSHA256 = Sample.email }),
        Row(
            "half an address is no identifier", "cancelled: no_identifier",
            wish: Sample.wish {
                $0.clicks = []
                $0.user.lastNameSHA256 = Sample.email
                $0.user.country = "DE"
            }),
    ]

    static let age: [Row] = [
        Row(
            "a click of two hours ago", "held: too_recent_click until 2026-03-10T16:15:00.000Z",
            wish: Sample.wish { wish in
                wish.clicks = [
                    UploadClick(.gclid, Sample.gclid, at: Sample.now - .seconds(7200))
                ]
            }.at(Sample.now - .seconds(3600))),
        Row(
            "a click of 6 h 15 min ago", "due: 100.00 EUR, \(click), consent granted",
            wish: Sample.wish { wish in
                wish.clicks = [
                    UploadClick(.gclid, Sample.gclid, at: Sample.now - .seconds(22_500))
                ]
            }.at(Sample.now - .seconds(3600))),
        Row(
            "a click of 90 days ago", "rejected: expired",
            wish: Sample.wish { wish in
                wish.clicks = [
                    UploadClick(.gclid, Sample.gclid, at: Sample.now - .seconds(90 * 86_400))
                ]
            }, destination: Sample.destination { $0.settings.windowDays = 90 }),
        Row(
            "a click of 89 days ago, in a window of 90",
            "due: 100.00 EUR, \(click), consent granted",
            wish: Sample.wish { wish in
                wish.clicks = [
                    UploadClick(.gclid, Sample.gclid, at: Sample.now - .seconds(89 * 86_400))
                ]
            }, destination: Sample.destination { $0.settings.windowDays = 90 }),
        Row(
            "an order at the edge of its click's window, two days later",
            "due: 100.00 EUR, \(click), consent granted",
            wish: Sample.wish { wish in
                wish.clicks = [
                    UploadClick(.gclid, Sample.gclid, at: wish.occurredAt - .seconds(30 * 86_400))
                ]
            }),
        Row(
            "an order that its assignment lets wait",
            "held: delayed until 2026-03-11T12:00:00.000Z",
            wish: Sample.wish { $0.delaySeconds = 3 * 86_400 }),
        Row(
            "an order three minutes before its click",
            "due: 100.00 EUR, \(click), consent granted, 2026-03-08T12:03:01.000Z",
            wish: Sample.wish {
                $0.clicks = [UploadClick(.gclid, Sample.gclid, at: $0.occurredAt + .seconds(180))]
            }),
        Row(
            "an order six minutes before its click", "cancelled: no_identifier",
            wish: Sample.wish {
                $0.clicks = [UploadClick(.gclid, Sample.gclid, at: $0.occurredAt + .seconds(360))]
            }),
    ]

    static let choice: [Row] = [
        Row(
            "only a gbraid", "due: 100.00 EUR, gbraid \(Sample.gbraid), consent granted",
            wish: Sample.wish {
                $0.clicks = [UploadClick(.gbraid, Sample.gbraid, at: $0.clicks[0].at)]
            }),
        Row(
            "gclid and gbraid of one landing", "due: 100.00 EUR, \(click), consent granted",
            wish: Sample.wish {
                $0.clicks.insert(UploadClick(.gbraid, Sample.gbraid, at: $0.clicks[0].at), at: 0)
            }),
        Row(
            "a newer click of another platform", "due: 100.00 EUR, \(click), consent granted",
            wish: Sample.wish {
                let newer = $0.clicks[0].at + .seconds(60)
                $0.clicks.insert(UploadClick(.fbclid, Sample.gbraid, at: newer), at: 0)
            }),
        Row(
            "a newer click whose id is a stump", "due: 100.00 EUR, \(click), consent granted",
            wish: Sample.wish {
                let newer = $0.clicks[0].at + .seconds(60)
                $0.clicks.insert(UploadClick(.gclid, "EAIaIQob", at: newer), at: 0)
            }),
        Row(
            "no click, no personal data", "cancelled: no_identifier",
            wish: Sample.wish { $0.clicks = [] }),
        Row(
            "a click outside the action's window", "cancelled: no_identifier",
            destination: Sample.destination { $0.settings.windowDays = 1 }
        ).older,
    ]

    static let versions: [Row] = [
        Row("an earlier version on its way", "held: earlier_version") { $0.isInFlight = true },
        Row(
            "refunded before anything was sent", "cancelled: withdrawn",
            wish: Sample.wish { $0.standing = .withdrawn(reason: "refunded") }),
        Row(
            "refunded after it was confirmed", "due: 0.00 EUR, \(click), consent granted",
            wish: Sample.wish { $0.standing = .withdrawn(reason: "refunded") }
        ) { $0.confirmed = Sample.content(100) },
        Row(
            "refunded, and nobody knows whether it arrived", "held: earlier_unknown",
            wish: Sample.wish { $0.standing = .withdrawn(reason: "refunded") }
        ) { $0.unknown = Sample.content(100) },
        Row("confirmed with this value", "cancelled: unchanged") {
            $0.confirmed = Sample.content(100)
        },
        Row(
            "confirmed with another value, a newer click since",
            "due: 60.00 EUR, \(click), consent granted",
            wish: Sample.wish {
                let newer = $0.clicks[0].at + .seconds(60)
                $0.clicks.insert(UploadClick(.gclid, Sample.gclid + "x", at: newer), at: 0)
            }.worth(60)
        ) { $0.confirmed = Sample.content(100) },
        Row(
            "confirmed, then denied", "cancelled: consent_denied",
            wish: Sample.wish { $0.adUserData = .denied }.worth(60)
        ) { $0.confirmed = Sample.content(100) },
    ]

    static let modes: [Row] = [
        Row(
            "a destination that only observes", "held: mode_observe",
            destination: Sample.destination {
                $0.mode = .observe
                $0.liveFrom = nil
            }),
        Row(
            "a destination that validates", "due: 100.00 EUR, \(click), consent granted",
            destination: Sample.destination {
                $0.mode = .validate
                $0.liveFrom = nil
            }),
        Row(
            "an order before the destination went live", "held: before_live",
            destination: Sample.destination { $0.liveFrom = Sample.now - .seconds(86_400) }),
    ]

    @Test(arguments: rows) func decides(row: Row) {
        let judged = PreFlight(row.destination, at: Sample.now).judge(row.wish, row.past)
        #expect(judged.words(row.wish) == row.outcome)
    }

    @Test func keepsTwoShopsWithOneOrderNumberApart() {
        let flight = PreFlight(Sample.destination(), at: Sample.now)
        let ids = [(Int64(1), Sample.siteA), (Int64(2), Sample.siteB)].map { site in
            let wish = Sample.wish(site: site, order: "1001")
            return flight.judge(wish, PreFlight.Past()).content?.transactionID
        }
        #expect(ids == ["\(Sample.siteA).1001", "\(Sample.siteB).1001"])
    }

    @Test(arguments: rows.filter { $0.outcome.hasPrefix("held") && !$0.past.isInFlight })
    func whatIsHeldForEverExpires(row: Row) throws {
        let held = PreFlight(row.destination, at: Sample.now).judge(row.wish, row.past)
        let until = try #require(held.lookAt)
        #expect(until > Sample.now)
        let end = row.wish.occurredAt + .seconds(91 * 86_400)
        let later = PreFlight(row.destination, at: end).judge(row.wish, row.past)
        #expect(later.words(row.wish) == "rejected: expired")
    }
}

extension PreFlight.Judgement {
    /// The outcome as a person would tell it.
    fileprivate func words(_ wish: UploadWish) -> String {
        guard fate == .due, let content else {
            let until = fate.until.map { " until \($0)" } ?? ""
            return "\(fate.state): \(fate.code ?? "")\(until)"
        }
        var words = ["due: \(content.value.amount) \(content.currency)"]
        if let click = content.click { words.append("\(click.kind) \(click.value)") }
        if !content.user.isEmpty { words.append("user") }
        words.append(content.adUserData.map { "consent \($0)" } ?? "consent left out")
        if content.occurredAt != wish.occurredAt { words.append("\(content.occurredAt)") }
        return words.joined(separator: ", ")
    }
}

extension PreFlightTests.Row {
    /// With a click of three days before the order.
    fileprivate var older: PreFlightTests.Row {
        var copy = self
        copy.wish.clicks = [
            UploadClick(.gclid, Sample.gclid, at: wish.occurredAt - .seconds(3 * 86_400))
        ]
        return copy
    }
}

extension UploadWish {
    /// The same in another currency.
    fileprivate func `in`(_ currency: String) -> UploadWish {
        var copy = UploadWish(
            subject, at: occurredAt,
            value: Money(micros: valueMicros, currency: Currency(currency)!), standing)
        (copy.settledAt, copy.adUserData, copy.clicks) = (settledAt, adUserData, clicks)
        return copy
    }

    /// The same order at another time.
    fileprivate func at(_ time: Timestamp) -> UploadWish {
        var copy = UploadWish(
            subject, at: time, value: Money(micros: valueMicros, currency: currency), standing)
        (copy.adUserData, copy.clicks) = (adUserData, clicks)
        return copy
    }
}
