"""Sends events to a running collector with clients that are not ours and know nothing of it.

Reads {"url", "site", "site_key", "server_key", "signing_secret"} from the file that is the first
argument, and writes what must have arrived to the file that is the second: {"events": {id: {path: value
as text, or null for what must not be there}}, "forbidden": [text that may stand in no event], "repeats": number of
events sent twice}. Ends with
status 0 when every client was content with every answer, and heard of every refusal.
"""

import base64
import hashlib
import hmac
import json
import sys
import time
from datetime import datetime, timedelta, timezone

import requests
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1.http import CloudEvent as OlderEvent
from cloudevents.v1.http import to_binary, to_structured
from segment.analytics.client import Client

GCLID = "EAIaIQobChMIp5ex0eT3kAMVk1VHAR2PqQ7eEAQY"
EMAIL, PHONE = "Ann.Example@example.com", "+49 30 1234567"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ORDER = {
    "order_id": "1042", "checkout_id": "c-7", "total": 27.5, "revenue": 25, "currency": "USD",
    "coupon": "spring", "products": [
        {"product_id": "507", "sku": "45-32", "name": "Lamp", "price": 19, "quantity": 1, "brand": "Lux"},
        {"product_id": "508", "name": "Bulb", "price": 4.25, "quantity": 2},
    ],
}
WHEN = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)
WHEN_TEXT = WHEN.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Sender:
    def __init__(self, work):
        self.work, self.expected, self.errors, self.repeats = work, {}, [], 0

    def expect(self, event_id, members):
        self.expected.setdefault(event_id, {}).update(members)

    # Segment

    def client(self, key, **options):
        return Client(key, host=self.work["url"], max_retries=2, on_error=self.note, **options)

    def note(self, error, items):
        self.errors.append((error, len(items)))

    def track(self, client, event, members, **arguments):
        done, message = client.track("u-7", event, context=context(), timestamp=WHEN, **arguments)
        assert done, "the client's queue is full"
        self.expect(message["messageId"], {
            "occurred_at": WHEN_TEXT, "user.external_id": "u-7", "data.segment.event": event,
            "data.segment.library": "analytics-python", "utm.source": "newsletter",
            "utm.campaign": "spring", "click.gclid": GCLID, "page.title": "Thanks",
            "user.email_sha256": digest(EMAIL.lower()), "user.phone_sha256": digest("+49301234567"),
            "user.first_name_sha256": digest("ann"), "user.email": None, **members})
        return message["messageId"]

    def segment(self):
        server = {"source": "server", "class": "server_key", "client.ip": "192.0.2.0",
                  "client.language": "de-DE", "client.user_agent": AGENT}
        client = self.client(self.work["server_key"])
        self.track(client, "Order Completed", {
            **server, "type": "purchase", "order.id": "1042", "order.checkout_token": "c-7",
            "value.amount": "27.50", "value.currency": "USD", "data.revenue": "25",
            "data.coupon": "spring", "items.0.id": "507", "items.0.price": "19", "items.0.brand": "Lux",
            "items.1.quantity": "2", "items.1.price": "4.25"}, properties=dict(ORDER))
        self.track(client, "Product Added", {**server, "type": "add_to_cart", "items.0.id": "507"},
                   properties={"product_id": "507", "price": 19.0, "quantity": 1})
        self.track(client, "Order Refunded", {**server, "type": "refund", "order.id": "1042"},
                   properties={"order_id": "1042", "total": 5, "currency": "USD"})
        self.track(client, "Song Played", {**server, "type": "song_played", "data.tags.0": "a"},
                   properties={"tags": ["a"]})
        self.others(client)
        for number in range(250):
            self.track(client, "Product Viewed", {**server, "type": "view_item"},
                       properties={"product_id": str(number)}, message_id=f"many-{number}")
        self.track(client, "Product Viewed", {"type": "view_item"}, properties={"product_id": "0"},
                   message_id="many-0")
        self.repeats += 1
        client.shutdown()
        assert not self.errors, self.errors
        packed = self.client(self.work["server_key"], gzip=True, sync_mode=True)
        self.track(packed, "Checkout Started", {**server, "type": "begin_checkout"}, properties={})
        browser = self.client(self.work["site_key"], sync_mode=True)
        self.track(browser, "Signed Up", {
            "type": "sign_up", "source": "browser", "class": "site_key", "client.ip": "127.0.0.0"},
            properties={})
        self.refused()

    def others(self, client):
        _, message = client.identify(
            "u-7", {"email": EMAIL, "plan": "pro", "birthday": "1980-01-01"}, anonymous_id="v-9")
        self.expect(message["messageId"], {
            "type": "identify", "visitor": "v-9", "user.email_sha256": digest(EMAIL.lower()),
            "data.segment.traits.plan": "pro", "data.segment.traits.birthday": None})
        _, message = client.page(
            anonymous_id="v-9", category="Shop", name="Home",
            properties={"url": "https://shop.example/?utm_medium=email&utm_source=mail"})
        self.expect(message["messageId"], {
            "type": "page_view", "page.title": "Home", "utm.medium": "email",
            "data.segment.category": "Shop"})
        _, message = client.screen(anonymous_id="v-9", name="Cart")
        self.expect(message["messageId"], {"type": "screen_view", "data.segment.name": "Cart"})
        _, message = client.group("u-7", "g-1", {"name": "Example Ltd", "phone": PHONE})
        self.expect(message["messageId"], {
            "type": "group", "data.segment.group_id": "g-1", "data.segment.traits.phone": None,
            "data.segment.traits.name": "Example Ltd"})
        _, message = client.alias("v-9", "u-7")
        self.expect(message["messageId"], {
            "type": "alias", "visitor": "v-9", "user.external_id": "u-7",
            "data.segment.previous_id": "v-9"})

    def refused(self):
        """The client learns what is for its sender to mend, and gives up."""
        client = self.client("site_unknown")
        client.track("u-7", "Order Completed")
        client.shutdown()
        client = self.client(self.work["server_key"])
        client.track("u-7", "Order Completed", {"total": "1,234.50"})
        client.shutdown()
        assert [error.status for error, _ in self.errors] == [401, 400], self.errors

    # CloudEvents

    def post(self, headers, body, status=200, **options):
        headers = {"Authorization": f"Bearer {self.work['server_key']}", **headers}
        answer = requests.post(self.work["url"] + "/v1/events", data=body, headers=headers, **options)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.json()

    def cloud_event(self, event_id, source, members):
        name = "ce:" + digest(f"{source}\0{event_id}")
        self.expect(name, {
            "source": "server", "class": "server_key", "occurred_at": WHEN_TEXT, "order.id": "2001",
            "value.amount": "10.00", "value.currency": "EUR", "data.cloud_event.id": event_id,
            "data.cloud_event.source": source, **members})

    def cloud_events(self):
        data = {"order": {"id": "#2001"}, "value": {"amount": 10, "currency": "EUR"}}
        for number, (wrap, source) in enumerate([
            (to_structured_event, "https://shop.example/é"), (to_binary_event, "/shop %/ü \"x\""),
            (to_structured_event, "/b"), (to_binary_event, "/b"),
        ]):
            event = CloudEvent({
                "id": f"A {number}", "source": source, "type": "purchase", "time": WHEN,
                "specversion": "1.0", "datacontenttype": "application/json", "subject": "ünïcode"}, data)
            message = wrap(event)
            for _ in range(2):
                self.post(message.headers, message.body)
            self.repeats += 1
            self.cloud_event(f"A {number}", source, {
                "type": "purchase", "data.cloud_event.subject": "ünïcode"})
        for wrap, event_id in [(to_structured, "old-1"), (to_binary, "old-2")]:
            event = OlderEvent({
                "id": event_id, "source": "/old", "type": "com.example.OrderPlaced",
                "time": WHEN.isoformat()}, data)
            headers, body = wrap(event)
            self.post(headers, body)
            self.cloud_event(event_id, "/old", {"type": "com.example.order_placed"})
        self.batch(data)

    def batch(self, data):
        bodies = []
        for event_id in ["batch-1", "batch-2"]:
            event = CloudEvent({
                "id": event_id, "source": "/batch", "type": "purchase", "time": WHEN,
                "specversion": "1.0"}, json.dumps(data).encode() if event_id == "batch-2" else data)
            bodies.append(to_structured_event(event).body.decode())
            self.cloud_event(event_id, "/batch", {"type": "purchase"})
        bodies.append('{"specversion":"0.3","id":"1","source":"/","type":"a"}')
        kind = {"Content-Type": "application/cloudevents-batch+json"}
        answer = self.post(kind, "[" + ",".join(bodies) + "]")
        assert [result.get("pointer") for result in answer["results"]] == [None, None, "/specversion"]
        assert self.post(kind, "[]")["stored"] == 0

    # Signed requests and the picture

    def signed(self):
        body = json.dumps({"id": "signed-1", "type": "login", "user": {"email": EMAIL}}).encode()
        now = int(time.time())
        for shift, secret, status in [(0, "signing_secret", 200), (0, "server_key", 401),
                                      (-299, "signing_secret", 200), (-400, "signing_secret", 401),
                                      (400, "signing_secret", 401)]:
            when = str(now + shift)
            message = when.encode() + b"./v1/events." + body
            code = hmac.new(self.work[secret].encode(), message, hashlib.sha256).hexdigest()
            headers = {"X-Convey-Signature": f"t={when},v1={code}", "X-Site-Id": self.work["site"],
                       "Content-Type": "application/json"}
            answer = requests.post(self.work["url"] + "/v1/events", data=body, headers=headers)
            assert answer.status_code == status, (shift, secret, answer.status_code, answer.text)
        self.repeats += 1
        self.expect("signed-1", {
            "type": "login", "source": "server", "class": "server_key",
            "user.email_sha256": digest(EMAIL.lower())})

    def picture(self):
        for key, status in [(self.work["site_key"], 200), ("site_unknown", 401)]:
            answer = requests.get(self.work["url"] + "/v1/p.gif", params={
                "key": key, "id": "picture-1", "type": "email_open", "visitor": "v-9",
                "utm_source": "mail", "list": "spring"}, headers={"User-Agent": AGENT})
            assert answer.status_code == status and answer.headers["Content-Type"] == "image/gif"
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.content.startswith(b"GIF89a\x01\x00\x01\x00")
        self.expect("picture-1", {
            "type": "email_open", "source": "browser", "visitor": "v-9", "utm.source": "mail",
            "data.list": "spring", "client.user_agent": AGENT})


def context():
    return {
        "ip": "192.0.2.77", "userAgent": AGENT, "locale": "de-DE",
        "campaign": {"name": "spring", "source": "newsletter", "medium": "email"},
        "page": {"url": f"https://shop.example/thanks?gclid={GCLID}", "title": "Thanks"},
        "traits": {"email": EMAIL, "phone": PHONE, "firstName": "Ann", "lastName": "Example"},
    }


def main():
    with open(sys.argv[1]) as file:
        sender = Sender(json.load(file))
    sender.segment()
    sender.cloud_events()
    sender.signed()
    sender.picture()
    work = sender.work
    with open(sys.argv[2], "w") as file:
        json.dump({"events": sender.expected, "forbidden": [
            "ann.example", "30 1234567", "301234567", "1980-01-01", work["server_key"], work["site_key"],
            base64.b64encode(f"{work['server_key']}:".encode()).decode(),
        ], "repeats": sender.repeats}, file)


main()
