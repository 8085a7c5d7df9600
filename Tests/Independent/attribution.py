"""Reckons credits again, by docs/attribution.md alone, from “Windows” on: whole numbers of Python, nothing else.

Its argument is a file with one JSON object a line: a conversion, its touches, the rules, and what we gave each
touch. Prints what differs, and exits with 1 then.
"""

import json
import sys
from math import isqrt

DAY = 86_400_000_000
SKEW = 300_000_000
ROOTS = [isqrt((1 << 61) << 62)]
while len(ROOTS) < 32:
    ROOTS.append(isqrt(ROOTS[-1] << 62))


def is_inside(touch, conversion, days):
    age = conversion["at_us"] - touch["at_us"]
    if age < 0:
        return touch["is_click"] and -age <= SKEW
    return age <= days * DAY


def decayed(age, half_life):
    halvings, rest = divmod(age, half_life)
    if halvings > 32:
        return 0
    digits = f"{(rest << 32) // half_life:032b}"
    power = 1 << 62
    for digit, root in zip(digits, ROOTS):
        if digit == "1":
            power = (power * root) >> 62
    return power >> (30 + halvings)


def counts(model, kind, rules):
    if model == "last_touch":
        return True
    if model == "last_non_direct":
        return kind != "direct"
    if model == "last_ad_click":
        return kind == "ad_click"
    return kind != "direct" or rules["counts_direct"]


def weights(model, touches, rules):
    counted = [place for place, touch in enumerate(touches) if counts(model, touch["kind"], rules)]
    found = [0] * len(touches)
    if not counted:
        return found
    n = len(counted)
    for position, place in enumerate(counted):
        if model.startswith("last_"):
            found[place] = int(position == n - 1)
        elif model == "first_touch":
            found[place] = int(position == 0)
        elif model == "linear" or (model == "position_based" and n <= 2):
            found[place] = 1
        elif model == "position_based":
            first, last = rules["first_percent"], rules["last_percent"]
            found[place] = (
                first * (n - 2) if position == 0 else last * (n - 2) if position == n - 1 else 100 - first - last
            )
        else:
            age = touches[counted[-1]]["at_us"] - touches[place]["at_us"]
            found[place] = decayed(age, rules["half_life_days"] * DAY)
    return found


def split(value, unit, shares):
    total = sum(shares)
    if total == 0:
        return [0] * len(shares)
    parts = [value * share // (total * unit) * unit for share in shares]
    remainders = [value * share % (total * unit) for share in shares]
    left = value - sum(parts)
    for place in sorted(range(len(shares)), key=lambda place: (-remainders[place], place)):
        piece = min(unit, left)
        parts[place] += piece
        left -= piece
    assert left == 0
    return parts


def credits(case):
    conversion, rules = case["conversion"], case["rules"]
    touches = [touch for touch in case["touches"] if is_inside(touch, conversion, case["window_days"])]
    if rules["resets"] and conversion["earlier_us"] is not None:
        touches = [touch for touch in touches if touch["at_us"] > conversion["earlier_us"]]
    touches.sort(key=lambda touch: (touch["at_us"], bytes.fromhex(touch["id"])))
    touches = touches[-1000:]
    found = {}
    for model in case["models"]:
        shares = weights(model, touches, rules)
        micros = split(conversion["micros"], conversion["unit_micros"], shares)
        billionths = split(1_000_000_000, 1, shares)
        for touch, share, micro, billionth in zip(touches, shares, micros, billionths):
            if share and (micro or billionth):
                found.setdefault(touch["id"], {})[model] = [micro, billionth]
    return found


def main():
    cases = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    wrong = 0
    for number, case in enumerate(cases):
        own = credits(case)
        if own != case["credits"]:
            wrong += 1
            print(f"case {number}: ours {json.dumps(case['credits'])}, independent {json.dumps(own)}")
    print(f"{len(cases)} cases, {wrong} differ")
    return 1 if wrong or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
