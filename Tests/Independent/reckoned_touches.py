"""The touches of one person out of raw events, by docs/attribution.md, “Touches”, alone.

Sources and channels are those that the demonstration's shops know; a new one there must be added here.
"""

from collections import defaultdict
from urllib.parse import urlsplit

from reckoned_orders import by_time, clicks, name_of, part, time_us

AD_CLICKS = {"gclid": "google", "gbraid": "google", "wbraid": "google", "msclkid": "bing", "ttclid": "tiktok"}
SEARCH = {"google", "bing", "duckduckgo"}
SOCIAL = {"facebook", "instagram"}
PAID = {"Paid Search", "Paid Social", "Paid Other"}


def host(address):
    parts = urlsplit(address or "")
    return parts.hostname if parts.scheme in ("http", "https") else None


def brand(source):
    """The word of a host that people call it by: google of www.google.com."""
    labels = source.split(".")
    return labels[-2] if len(labels) > 1 else source


def channel(traffic):
    source, medium, _ = traffic
    is_paid = "cp" in medium or medium == "ppc" or medium.startswith("paid")
    if source == "(direct)":
        return "Direct"
    if is_paid:
        return {True: "Paid Search"}.get(brand(source) in SEARCH, "Paid Other")
    if brand(source) in SOCIAL:
        return "Organic Social"
    if brand(source) in SEARCH or medium == "organic":
        return "Organic Search"
    if medium in ("referral", "app", "link"):
        return "Referral"
    return "Email" if medium == "email" else "Unassigned"


def referred(name):
    return (brand(name), "organic", "") if brand(name) in SEARCH else (name, "referral", "")


class Visit:
    """What one event says of where its visitor came from."""

    def __init__(self, event):
        order = event.get("order", {})
        self.event, self.name, self.clicks = event, name_of(event), clicks(event)
        self.is_order = bool(order.get("id") or order.get("name") or event["type"] in ("purchase", "refund"))
        self.is_report = self.is_order and event["source"] != "browser" and "session" not in event
        self.at = time_us(event["occurred_at"])
        if self.is_order:
            made = part(event, "data", "created_at") or part(event, "data", "processed_at")
            self.at = min(self.at, time_us(made)) if made else self.at
        self.scope = self.find_scope(order)
        utm = event.get("utm", {})
        tags = [utm.get("source"), utm.get("medium"), utm.get("campaign") or utm.get("id")]
        self.tags = tuple(t.lower() if t else None for t in tags) if any(tags) else None
        own, other = host(part(event, "page", "url")), host(part(event, "page", "referrer"))
        self.referrer = other if other and other != own else None

    def find_scope(self, order):
        if "session" in self.event:
            return ("session", self.event["session"])
        if "visitor" in self.event and not self.is_report:
            return ("visitor", self.event["visitor"])
        name = order.get("id") or order.get("name") or order.get("checkout_token")
        return ("order", name) if name else ("event", self.name)

    def is_addressed(self, ids):
        url = part(self.event, "page", "url") or ""
        return any(click in ids and click.partition(":")[2] in url for click in self.clicks)


class Touches:
    """Five steps, each leaving out what an earlier one explains."""

    def __init__(self, events, first_sights):
        self.visits = sorted(map(Visit, events), key=lambda visit: (visit.at, visit.name))
        self.first_sights = first_sights
        self.found, self.landed = [], set()
        self.tags_explained, self.referrer_explained = set(), set()
        self.tags_seen, self.referrers_seen = set(), set()

    def all(self):
        for ids in self.landings():
            self.add_click(ids)
        self.add_tags()
        self.add_referrers()
        self.add_reports()
        self.add_direct()
        return sorted(self.found, key=lambda touch: touch["at_us"])

    def add(self, at, traffic, kind, tags=None, ids=()):
        filed = channel(traffic)
        kind = "ad_click" if filed in PAID else kind
        self.found.append({
            "at_us": at, "traffic": traffic, "channel": filed, "kind": kind, "tags": tags, "clicks": sorted(ids),
            "is_click": bool(ids),
        })  # fmt: skip

    # Clicks

    def landings(self):
        """Click ids, those together that one event showed for the first time."""
        sights = {}
        for visit in self.visits:
            for click in visit.clicks:
                sights.setdefault(click, min(visit.at, self.first_sights.get(click, visit.at)))
        self.sights, groups = sights, {click: {click} for click in sights}
        for visit in self.visits:
            for left in visit.clicks:
                for right in visit.clicks:
                    if sights[left] == sights[right]:
                        both = groups[left] | groups[right]
                        groups.update({click: both for click in both})
        return {frozenset(group) for group in groups.values()}

    def add_click(self, ids):
        own = [visit for visit in self.visits if ids & set(visit.clicks)]
        scopes = {own[0].scope} | {visit.scope for visit in own if visit.is_addressed(ids)}
        there = [visit for visit in own if visit.scope in scopes]
        tags = next((visit.tags for visit in there if visit.tags), None)
        referrer = next((visit.referrer for visit in there if visit.referrer), None)
        ad = next((AD_CLICKS[c.partition(":")[0]] for c in sorted(ids) if c.partition(":")[0] in AD_CLICKS), None)
        implied = (ad, "cpc", "") if ad else referred(referrer) if referrer else ("facebook", "referral", "")
        traffic = tuple(t or i for t, i in zip(tags, implied)) if tags else implied
        if ad and channel(traffic) not in PAID:
            traffic = (ad, "cpc", traffic[2])
        self.add(min(self.sights[c] for c in ids), traffic, "tagged" if tags else "referral", tags, ids)
        self.landed |= scopes
        for visit in own:
            is_there = visit.scope in scopes or visit.is_addressed(ids)
            if visit.tags == tags or visit.is_addressed(ids):
                self.tags_explained.add(visit.name)
            if is_there:
                self.tags_seen.add((visit.scope, tags))
                self.referrer_explained.add(visit.name)
                self.referrers_seen.add((visit.scope, visit.referrer))

    # What visits say without clicks

    def add_tags(self):
        first = {}
        for visit in self.visits:
            if visit.is_report or not visit.tags:
                continue
            self.referrer_explained.add(visit.name)
            self.referrers_seen.add((visit.scope, visit.referrer))
            if visit.name not in self.tags_explained and (visit.scope, visit.tags) not in self.tags_seen:
                first.setdefault((visit.scope, visit.tags), visit.at)
        for (scope, tags), at in first.items():
            self.add(at, tagged(tags), "tagged", tags)
            self.landed.add(scope)

    def add_referrers(self):
        first = {}
        for visit in self.visits:
            if visit.is_report or not visit.referrer or visit.name in self.referrer_explained:
                continue
            if (visit.scope, visit.referrer) not in self.referrers_seen:
                first.setdefault((visit.scope, visit.referrer), visit.at)
        for (scope, referrer), at in first.items():
            self.add(at, referred(referrer), "referral")
            self.landed.add(scope)

    def add_reports(self):
        """Tags and referrers that only the platform names."""
        seen, first = list(self.found), {}
        for visit in self.visits:
            if not visit.is_report:
                continue
            if visit.tags:
                is_known = any(t["tags"] == visit.tags and t["at_us"] <= visit.at for t in seen)
                if visit.name not in self.tags_explained and not is_known:
                    first.setdefault((visit.scope, visit.tags, None), visit.at)
            elif visit.referrer and visit.name not in self.referrer_explained:
                traffic = referred(visit.referrer)
                if not any(t["traffic"] == traffic and t["at_us"] <= visit.at for t in seen):
                    first.setdefault((visit.scope, None, visit.referrer), visit.at)
        for (scope, tags, referrer), at in first.items():
            self.add(at, tagged(tags) if tags else referred(referrer), "tagged" if tags else "referral", tags)
            self.landed.add(scope)

    def add_direct(self):
        sessions = defaultdict(list)
        for visit in self.visits:
            if visit.event["source"] == "browser" and visit.scope[0] == "session":
                sessions[visit.scope].append(visit.at)
        for scope, times in sessions.items():
            if scope not in self.landed:
                self.add(min(times), ("(direct)", "(none)", ""), "direct")


def tagged(tags):
    return (tags[0] or "(not set)", tags[1] or "(not set)", tags[2] or "")


def first_sights(events):
    """When the site first saw each click id, with whomever."""
    sights = {}
    for event in sorted(events, key=by_time):
        for click in clicks(event):
            sights.setdefault(click, time_us(event["occurred_at"]))
    return sights
