"""Tests of the independent reckoning itself: small cases whose outcome a person can say."""

import sys
import unittest

from reckoned_orders import Order, People, families, micros, time_us
from reckoned_touches import Touches, first_sights
from reckoning import Site, credits, reckon

ROW = {"id": "s", "name": "shop", "currency": "EUR"}
SITE = Site(ROW, {})
GCLID = "Cj0KCQabcdefghijklmnopqrstuvwxyz"


def event(number, source="browser", type="page_view", at="2026-10-01T10:00:00.000Z", **members):
    kind = {"browser": "site_key", "server": "server_key"}.get(source, "webhook")
    return {"id": f"e{number}", "type": type, "site": "s", "source": source, "class": kind, "occurred_at": at, **members}


def webhook(number, status="paid", amount="10.00", at="2026-10-01T12:00:00.000Z", **order):
    data = {"topic": "orders/create", "created_at": "2026-10-01T12:00:00.000Z", "updated_at": at}
    return event(
        number, "shopify", "purchase", at, data=data, value={"amount": amount, "currency": "EUR"},
        order={"id": "1", "name": "1001", "checkout_token": "t", "cart_token": "c", "status": status, **order},
    )  # fmt: skip


def click(number, **members):
    return event(
        number, visitor="v", session="a", click={"gclid": GCLID},
        page={"url": f"https://shop.example.com/?gclid={GCLID}"}, **members,
    )  # fmt: skip


def only(events, site=SITE):
    found = reckon(events, [site])
    assert len(found) == 1, found
    return next(iter(found.values()))


class Numbers(unittest.TestCase):
    def test_amounts_are_exact(self):
        self.assertEqual(micros("1234567890.123456"), 1_234_567_890_123_456)
        self.assertRaises(AssertionError, micros, "0.0000001")

    def test_times_are_exact(self):
        self.assertEqual(time_us("1970-01-02T00:00:00.001Z"), 86_400_001_000)


class Orders(unittest.TestCase):
    def test_the_newest_version_holds(self):
        found = only([webhook(1, amount="12.00", at="2026-10-01T13:00:00.000Z"), webhook(2)])
        self.assertEqual(found["value_micros"], 12_000_000)

    def test_a_refund_told_twice_is_one(self):
        refund = event(2, "shopify", "refund", order={"id": "1"}, value={"amount": "3.00", "currency": "EUR"},
                       data={"topic": "refunds/create", "refund_id": "9"})  # fmt: skip
        order = webhook(1)
        order["data"]["refunds"] = [{"id": "9", "amount": "3.00", "currency": "EUR"}]
        self.assertEqual(only([refund, order])["value_micros"], 7_000_000)

    def test_what_counted_once_is_withdrawn(self):
        found = only([webhook(1), webhook(2, status="refunded", at="2026-10-01T14:00:00.000Z")])
        self.assertEqual((found["status"], found["value_micros"]), ("withdrawn", 0))

    def test_what_never_counted_is_none(self):
        self.assertEqual(reckon([webhook(1, status="pending")], [SITE]), {})
        self.assertEqual(reckon([webhook(1, test=True)], [SITE]), {})

    def test_a_browser_alone_is_unconfirmed(self):
        told = event(1, type="purchase", order={"id": "1"}, value={"amount": "5.00", "currency": "EUR"})
        self.assertEqual(only([told])["status"], "unconfirmed")

    def test_the_site_may_say_which_states_count(self):
        site = Site(ROW, {"counting-states": "pending"})
        self.assertEqual(only([webhook(1, status="pending")], site)["status"], "counted")

    def test_a_stranger_who_names_the_order_brings_no_click(self):
        claim = click(2, type="purchase", order={"name": "1001"})
        self.assertEqual(only([webhook(1), claim])["credits"], [])


class Persons(unittest.TestCase):
    def test_a_shared_key_is_not_followed(self):
        crowd = [event(n, visitor="kiosk", user={"email_sha256": str(n)}) for n in range(21)]
        people = People(crowd)
        self.assertNotIn(("visitor", "kiosk"), people.qualified)
        self.assertEqual(len(people.person([("email", "3")])[0]), 1)

    def test_a_cart_joins_browser_and_order(self):
        cart = click(2, order={"cart_token": "c"})
        order = Order(("id", "1"), [webhook(1)], People([webhook(1), cart]), SITE)
        self.assertEqual(len(order.person), 2)


class Credits(unittest.TestCase):
    def test_a_click_earns_the_whole_order(self):
        found = only([click(2, order={"cart_token": "c"}), webhook(1)])
        self.assertEqual([c["channel"] for c in found["credits"]], ["Paid Search"])
        self.assertEqual(found["credits"][0]["micros"]["linear"], 10_000_000)

    def test_a_touch_serves_once_where_the_site_resets(self):
        site = Site(ROW, {"reset-on-conversion": "yes"})
        first = webhook(1, id="2", name="1002", checkout_token="u")
        first["data"]["created_at"] = "2026-10-01T11:00:00.000Z"
        found = reckon([click(2, order={"cart_token": "c"}), first, webhook(3)], [site])
        self.assertEqual([len(c["credits"]) for key, c in sorted(found.items())], [0, 1])

    def test_cents_are_split_by_the_largest_remainder(self):
        touches = [{"at_us": n, "kind": "tagged", "channel": "Email", "is_click": False} for n in range(3)]
        shares = [c["micros"]["linear"] for c in credits(10, 10_000_000, 10_000, touches, SITE)]
        self.assertEqual(shares, [3_340_000, 3_330_000, 3_330_000])

    def test_a_session_without_anything_is_direct(self):
        events = [event(1, visitor="v", session="a")]
        self.assertEqual([t["kind"] for t in Touches(events, first_sights(events)).all()], ["direct"])

    def test_orders_of_two_names_stay_apart(self):
        other = webhook(2, id="2", name="1002", checkout_token="u")
        self.assertEqual(len(families([webhook(1), other])), 2)


if __name__ == "__main__":
    sys.exit(unittest.main())
