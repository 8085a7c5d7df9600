"""Lets PyPI's marketing-attribution-models 1.0.10 (DP6, Apache License 2.0) share out journeys, and writes what it
says to published_journeys.json beside this file, which AttributionTests hold the rule models against.

Run by hand, in an environment of its own: pip install pandas; pip install --no-deps marketing-attribution-models==1.0.10.
The package wants matplotlib and seaborn for its charts; nothing is drawn here, so empty modules stand in for them.

Journeys: those that the package's own description on PyPI prints in full, then some drawn with a fixed seed from the
same channels. Ages are whole days, because the package decays by whole periods; its period here is one day.
"""

import json
import pathlib
import random
import re
import sys
import types
from importlib.metadata import metadata

for name in ("matplotlib", "matplotlib.pyplot", "seaborn"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["matplotlib.pyplot"].style = types.SimpleNamespace(use=lambda name: None)
sys.modules["matplotlib"].pyplot = sys.modules["matplotlib.pyplot"]

import pandas as pd
from marketing_attribution_models import MAM

CHANNELS = ["Direct", "Facebook", "Google Search", "Google Display", "Organic", "Email Marketing", "Youtube"]


def described():
    """The journeys that the description prints whole: no `...` in them."""
    cells = re.findall(r"<td>(.*?)</td>", metadata("marketing_attribution_models").get_payload())
    found = {}
    for place in range(len(cells) - 2):
        if re.fullmatch(r"id:\d+_J:\d+", cells[place]) and "..." not in cells[place + 1]:
            channels = cells[place + 1].split(" &gt; ")
            hours = [float(text) for text in cells[place + 2].split(" &gt; ")]
            if len(channels) == len(hours):
                found[cells[place]] = (channels, hours)
    return [found[name] for name in sorted(found)]


def drawn(count):
    generator = random.Random(7)
    for _ in range(count):
        length = generator.randint(1, 9)
        days = sorted((generator.randint(0, 29) for _ in range(length)), reverse=True)
        yield [generator.choice(CHANNELS) for _ in days], [24.0 * (day - days[-1]) for day in days]


journeys = described() + list(drawn(50))
frame = pd.DataFrame(
    {
        "path": [" > ".join(channels) for channels, _ in journeys],
        "hours": [" > ".join(map(str, hours)) for _, hours in journeys],
        "converted": True,
        "value": 1.0,
    }
)
mam = MAM(
    frame,
    channels_colname="path",
    time_till_conv_colname="hours",
    journey_with_conv_colname="converted",
    conversion_value="value",
)
mam.time_till_conv = pd.Series([hours for _, hours in journeys])
shares = {
    "last_touch": mam.attribution_last_click()[0],
    "last_non_direct": mam.attribution_last_click_non()[0],
    "first_touch": mam.attribution_first_click()[0],
    "linear": mam.attribution_linear()[0],
    "position_based": mam.attribution_position_based()[0],
    "time_decay": mam.attribution_time_decay(decay_over_time=0.5, frequency=24)[0],
}
written = [
    {
        "channels": channels,
        "hours": hours,
        "shares": {model: [float(share) for share in found[place]] for model, found in shares.items()},
    }
    for place, (channels, hours) in enumerate(journeys)
]
lines = ",\n".join(json.dumps(journey) for journey in written)
pathlib.Path(__file__).with_name("published_journeys.json").write_text(f"[\n{lines}\n]\n")
print(len(described()), "described,", len(written), "journeys")
