"""Orders and persons out of raw events, by docs/attribution.md and the rules of folding alone.

An event is a dictionary as `convey-aggregator events list --lines` prints it. Nothing here knows of batches,
arrival or databases; sorting the events differently changes nothing.
"""

import datetime
from collections import defaultdict
from fractions import Fraction

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
COUNTING = {"shopify": {"paid", "partially_refunded"}, "woocommerce": {"processing", "completed"}}
DEAD = {"cancelled", "canceled", "failed", "refunded", "voided", "pending"}
PLATFORMS = {"shopify", "woocommerce", "reconciliation"}
JOINING = {
    "visitor", "session", "tracking_id", "cart_token", "checkout_token", "order_id", "order_name", "customer",
    "email", "phone",
}
# Beside one key of the first kind so many different keys of the second kind may stand.
LIMITS = [
    ("visitor", "customer", 20), ("visitor", "email", 20), ("visitor", "phone", 20), ("session", "visitor", 3),
    ("tracking_id", "visitor", 5), ("cart_token", "visitor", 5), ("checkout_token", "visitor", 5),
    ("order_id", "email", 5), ("order_name", "email", 5), ("customer", "visitor", 50), ("email", "visitor", 50),
    ("phone", "visitor", 50),
]  # fmt: skip
CLICKS = ["gclid", "gbraid", "wbraid", "fbclid", "msclkid", "ttclid"]


def time_us(text):
    """Microseconds since 1970, by whole numbers."""
    delta = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def micros(amount):
    """A decimal text in millionths."""
    value = Fraction(amount) * 1_000_000
    assert value.denominator == 1
    return int(value)


def part(event, *path):
    for name in path:
        event = event.get(name) if isinstance(event, dict) else None
    return event


def name_of(event):
    return (event["class"], event["id"])


def by_time(event):
    return (time_us(event["occurred_at"]), name_of(event))


def is_claim(event):
    """Nothing but the public key vouches for it: an order's number is then only claimed."""
    return event["class"] == "site_key"


def clicks(event):
    return [f"{kind}:{event['click'][kind]}" for kind in CLICKS if kind in event.get("click", {})]


# Persons


def keys(event):
    """What an event shares with others, by kind."""
    order, user = event.get("order", {}), event.get("user", {})
    found = [
        ("visitor", event.get("visitor")), ("session", event.get("session")),
        ("tracking_id", part(event, "click", "ct_tracking_id")), ("cart_token", order.get("cart_token")),
        ("checkout_token", order.get("checkout_token")), ("customer", order.get("customer_id")),
        ("customer", user.get("external_id")), ("email", user.get("email_sha256")),
        ("phone", user.get("phone_sha256")),
    ]  # fmt: skip
    if not is_claim(event):
        found += [("order_id", order.get("id")), ("order_name", order.get("name"))]
    return {key for key in found if key[1]}


class People:
    """The persons of one site: events joined by keys that few enough share."""

    def __init__(self, events):
        self.events = sorted(events, key=by_time)
        self.holders = defaultdict(list)
        for place, event in enumerate(self.events):
            for key in keys(event):
                self.holders[key].append(place)
        self.qualified = {key for key in self.holders if self.qualifies(key)}

    def qualifies(self, key):
        beside = [keys(self.events[place]) for place in self.holders[key]]
        if len(beside) > 2_000:
            return False
        for kind, counted, most in LIMITS:
            if kind == key[0] and len({k for found in beside for k in found if k[0] == counted}) > most:
                return False
        return True

    def person(self, start):
        """Events and keys that these keys lead to."""
        waiting, found, places = [key for key in start if key in self.qualified], set(), set()
        while waiting:
            key = waiting.pop()
            if key in found:
                continue
            found.add(key)
            for place in self.holders[key]:
                places.add(place)
                waiting += [other for other in keys(self.events[place]) if other in self.qualified]
        return [self.events[place] for place in sorted(places)], found


# Which events are one order


def identities(event):
    """Names of the order, the better first."""
    order = event.get("order", {})
    named = [("id", order.get("id")), ("name", order.get("name")), ("token", order.get("checkout_token"))]
    named = [identity for identity in named if identity[1]]
    return named or ([("event", f"{event['class']}:{event['id']}")] if event["type"] == "purchase" else [])


def families(events):
    """Orders by identity: parts with an id by the id; others go with the smallest id that shares a name or
    token; claims find an order by token, then by the best of their names."""
    orders, places = defaultdict(list), {}
    named = [event for event in events if identities(event)]
    trusted = [event for event in named if not is_claim(event)]
    gather(trusted, orders, places)
    rest = []
    for event in (event for event in named if is_claim(event)):
        own = identities(event)
        token = next((identity for identity in own if identity[0] == "token"), None)
        order = places.get(token) or places.get(own[0])
        orders[order].append(event) if order else rest.append(event)
    gather(rest, orders, {})
    return orders


def gather(events, orders, places):
    with_id = [event for event in events if identities(event)[0][0] == "id"]
    without = [event for event in events if identities(event)[0][0] != "id"]
    for event in with_id:
        own = identities(event)
        orders[own[0]].append(event)
        for identity in own:
            places[identity] = min(places.get(identity, own[0]), own[0])
    for event in without:
        own = identities(event)
        order = min((places[identity] for identity in own if identity in places), default=own[0])
        orders[order].append(event)
        for identity in own:
            places.setdefault(identity, order)


# Folding


class Order:
    """What the parts of one order say together."""

    def __init__(self, identity, events, people, site):
        self.identity, self.site = identity, site
        self.parts = sorted(events, key=by_time)
        self.versions = sorted(filter(is_version, self.parts), key=name_of)
        self.versions.sort(key=version_time, reverse=True)
        purchases = [e for e in self.parts if e["type"] == "purchase" and not is_version(e)]
        self.servers = [event for event in reversed(purchases) if not is_claim(event)]
        self.browsers = [event for event in purchases if is_claim(event)]
        self.spoken = self.versions + self.servers + self.browsers
        self.is_confirmed = bool(self.versions or self.servers)
        trusted = [event for event in self.parts if not is_claim(event)] or self.browsers[:1]
        self.person, person_keys = people.person(set().union(*map(keys, trusted)) if trusted else [])
        self.joined = joined(self.parts, trusted, {value for kind, value in person_keys if kind == "visitor"})

    @property
    def evidence(self):
        known = {name_of(event) for event in self.person}
        return self.person + [event for event in self.joined if name_of(event) not in known]

    @property
    def placed_us(self):
        for member in ["created_at", "processed_at"]:
            for version in self.versions:
                if part(version, "data", member):
                    return time_us(version["data"][member])
        return min(time_us(event["occurred_at"]) for event in (self.versions + self.servers or self.browsers))

    def money(self):
        """Currency, and what is left in micros."""
        gross = next((event["value"] for event in self.heard if "value" in event), None)
        currency = gross["currency"] if gross else self.site.currency
        left = (micros(gross["amount"]) if gross else 0) - sum(self.refunds(currency).values())
        totals = (part(version, "data", "totals", "current_total") for version in self.versions)
        current = next((micros(total) for total in totals if total is not None), left)
        return currency, max(0, min(left, current)), micros(gross["amount"]) if gross else None

    def refunds(self, currency):
        """A set by the platform's id; the newer statement about one refund holds."""
        told = defaultdict(list)
        for event in self.parts:
            if is_claim(event) and self.is_confirmed:
                continue
            if event["type"] == "refund" and not is_version(event) and "value" in event:
                number = part(event, "data", "refund_id") or f"{event['class']}:{event['id']}"
                told[number].append((version_time(event), abs(micros(event["value"]["amount"])), event["value"]))
            for refund in part(event, "data", "refunds") or []:
                if "amount" in refund:
                    told[refund["id"]].append((version_time(event), abs(micros(refund["amount"])), refund))
        newest = {number: max(said, key=lambda entry: entry[:2]) for number, said in told.items()}
        return {n: entry[1] for n, entry in newest.items() if entry[2].get("currency", currency) == currency}

    def status(self):
        """`counted`, `unconfirmed` or `withdrawn`; None where there is no conversion."""
        if not self.spoken:
            return None
        believed = [event for event in self.parts if not is_claim(event) or not self.is_confirmed]
        if any(part(event, "order", "test") for event in believed):
            return None
        voices = [[e for e in voice if part(e, "order", "status")] for voice in self.voices()]
        voices = [voice for voice in voices if voice]
        states = self.site.states
        if not counts(voices[0][0] if voices else (self.servers + self.spoken)[0], states):
            return "withdrawn" if voices and any(counts(event, states) for event in voices[0]) else None
        _, value, gross = self.money()
        if gross and value == 0:
            return "withdrawn"
        return "counted" if self.is_confirmed or not self.site.needs_confirmation else "unconfirmed"

    def voices(self):
        """Whose word on the state is heard, the weightiest first."""
        return [self.versions, self.servers, [] if self.is_confirmed else self.browsers]

    @property
    def heard(self):
        """Whose word on money is heard: a browser's only where the order is its own."""
        own = {name_of(event) for event in self.joined}
        browsers = [e for e in self.browsers if not self.is_confirmed or name_of(e) in own]
        return self.versions + self.servers + browsers


def is_version(event):
    """The platform's own account of the whole order."""
    topic = part(event, "data", "topic") or ""
    return event["source"] in PLATFORMS and topic.startswith("order") and not part(event, "data", "refund_id")


def version_time(event):
    return time_us(part(event, "data", "updated_at") or event["occurred_at"])


def counts(event, states):
    status, listed = part(event, "order", "status"), states or COUNTING.get(event["source"])
    if status is None:
        return event["source"] not in PLATFORMS
    return status.lower() in listed if listed else status.lower() not in DEAD


def joined(parts, trusted, visitors):
    """The parts that are really the order's own: a browser's joins by token or by a linked visitor."""
    marks = {("visitor", visitor) for visitor in visitors}
    found = {name_of(event) for event in trusted}
    for event in trusted:
        marks |= joining_marks(event)
    grows = True
    while grows:
        more = [e for e in parts if name_of(e) not in found and joining_marks(e) & marks]
        grows = bool(more)
        for event in more:
            found.add(name_of(event))
            marks |= joining_marks(event)
    return [event for event in parts if name_of(event) in found]


def joining_marks(event):
    return {key for key in keys(event) if key[0] in ("visitor", "cart_token", "checkout_token")}
