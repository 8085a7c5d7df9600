"""Reckons conversions and credits again, out of raw events and by the documentation alone.

Arguments: files with what `convey-aggregator` prints for `events list --lines`, `sites list --json` and
`conversions list --json`, and one object of what `sites policy --json` prints, by the sites' names. Prints what
differs, and exits with 1 then. Whole numbers only.
"""

import json
import sys
from collections import Counter, defaultdict

import attribution
from reckoned_orders import Order, People, families, micros, time_us
from reckoned_touches import Touches, first_sights

MODELS = [
    "last_touch", "last_non_direct", "last_ad_click", "first_touch", "linear", "position_based", "time_decay",
]  # fmt: skip
# As `sites policy` shows them; what it does not show is as by default.
DEFAULTS = {
    "counting-states": "default", "confirmation": "platform", "window-days": "30", "half-life-days": "7",
    "position-percents": "40,40", "reset-on-conversion": "no", "credit-direct": "no",
}  # fmt: skip
UNITS = {"EUR": 10_000, "USD": 10_000, "JPY": 1_000_000, "KWD": 1_000}


class Site:
    """What orders of one site are judged by."""

    def __init__(self, row, policy):
        policy = DEFAULTS | {name: value for name, value in policy.items() if value != "default"}
        first, last = map(int, policy["position-percents"].split(","))
        states = policy["counting-states"]
        self.id, self.name, self.currency = row["id"], row["name"], row["currency"]
        self.states = None if states == "default" else set(states.split(","))
        self.needs_confirmation = not policy["confirmation"].endswith("(not needed)")
        self.window_days = int(policy["window-days"])
        self.resets = policy["reset-on-conversion"] == "yes"
        self.rules = {
            "counts_direct": policy["credit-direct"] == "yes", "half_life_days": int(policy["half-life-days"]),
            "first_percent": first, "last_percent": last,
        }  # fmt: skip


def reckon(events, sites):
    """All conversions by (site name, identity)."""
    by_site = defaultdict(dict)
    for event in events:
        by_site[event["site"]][event["class"], event["id"]] = event
    found = {}
    for site in sites:
        own = list(by_site[site.id].values())
        people, sights = People(own), first_sights(own)
        for identity, parts in families(own).items():
            order = Order(identity, parts, people, site)
            if order.status():
                found[site.name, ":".join(identity)] = conversion(order, people, sights)
    return found


def conversion(order, people, sights):
    site, status = order.site, order.status()
    currency, value, _ = order.money()
    value = 0 if status == "withdrawn" else value
    touches = Touches(order.evidence, sights).all()
    if site.resets:
        earlier = previous(order, people)
        touches = [touch for touch in touches if touch["at_us"] > earlier]
    return {
        "status": status, "value_micros": value, "currency": currency, "occurred_at_us": order.placed_us,
        "credits": credits(order.placed_us, value, UNITS[currency], touches, site),
    }  # fmt: skip


def previous(order, people):
    """When the person's last order that counts, before this one, was placed; before all times without one."""
    others = [Order(i, parts, people, order.site) for i, parts in families(order.person).items()]
    times = [other.placed_us for other in others if other.status() == "counted"]
    return max((time for time in times if time < order.placed_us), default=-1)


def credits(at, value, unit, touches, site):
    """By touch, what each model gives, in micros and in parts of a billion."""
    inside = [t for t in touches if attribution.is_inside(t, {"at_us": at}, site.window_days)]
    found = [dict(at_us=t["at_us"], channel=t["channel"], micros={}, billionths={}) for t in inside]
    for model in MODELS:
        weights = attribution.weights(model, inside, site.rules)
        amounts = attribution.split(value, unit, weights)
        billionths = attribution.split(1_000_000_000, 1, weights)
        for credit, weight, amount, billionth in zip(found, weights, amounts, billionths):
            if weight:
                credit["micros"][model], credit["billionths"][model] = amount, billionth
    return [credit for credit in found if credit["micros"]]


def differences(own, theirs):
    for key in sorted(own.keys() | theirs.keys()):
        if key not in own or key not in theirs:
            yield f"{key}: only {'independently' if key in own else 'in the programs'}"
        elif own[key] != theirs[key]:
            for member in own[key]:
                if own[key][member] != theirs[key].get(member):
                    yield (
                        f"{key}: {member} is {json.dumps(theirs[key].get(member))},"
                        f" independently {json.dumps(own[key][member])}"
                    )


def programs(row):
    """A row of the programs' list, in the form of our own."""
    found = []
    for touch in json.loads(row["credits"])["touches"]:
        shares = touch["credits"]
        found.append({
            "at_us": time_us(touch["at"]), "channel": touch["channel"],
            "micros": {model: micros(share["amount"]) for model, share in shares.items()},
            "billionths": {model: share["share_billionths"] for model, share in shares.items()},
        })  # fmt: skip
    return {
        "status": row["status"], "value_micros": int(row["value_micros"]), "currency": row["currency"],
        "occurred_at_us": time_us(row["occurred_at"]), "credits": sorted(found, key=lambda c: c["at_us"]),
    }  # fmt: skip


def named(rows):
    return {row["setting"]: row["value"] for row in rows}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    events = [json.loads(line) for line in read(sys.argv[1]).splitlines()]
    policies = {name: named(rows) for name, rows in json.loads(read(sys.argv[4])).items()}
    own = reckon(events, [Site(row, policies[row["name"]]) for row in json.loads(read(sys.argv[2]))])
    theirs = {(row["site"], row["order"]): programs(row) for row in json.loads(read(sys.argv[3]))}
    wrong = list(differences(own, theirs))
    for text in wrong:
        print(text)
    states = Counter(conversion["status"] for conversion in own.values())
    shares = sum(len(conversion["credits"]) for conversion in own.values())
    print(f"{len(events)} events, {len(own)} conversions {dict(states)}, {shares} credits, {len(wrong)} differences")
    return 1 if wrong or not own else 0


if __name__ == "__main__":
    sys.exit(main())
