"""Holds Convey's Data Manager client and its double against the vendor's own message classes.

Reads {"url", "token", "schema": text, "verdicts": path, "sent": [body…], "seed", "cases"} from the file
that is the first argument. Ends with status 0 when

1. every body that Convey sends is read by the vendor's classes without an unknown field, and written
   again by them with the same content;
2. the double's schema is that of the classes, field by field;
3. every reason of the vendor's lists has a verdict;
4. the double takes what the classes produce, and of bodies altered at random refuses the form of
   exactly those that the classes refuse;
5. the double's answers are read by the classes without an unknown field.
"""

import base64
import copy
import json
import random
import sys
import urllib.error
import urllib.request

from google.ads.datamanager_v1.types import error, ingestion_service, processing_errors
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as Field

REQUEST = ingestion_service.IngestEventsRequest.pb()
TYPES = {
    Field.TYPE_STRING: "string", Field.TYPE_DOUBLE: "double", Field.TYPE_BOOL: "bool",
    Field.TYPE_INT64: "int64", Field.TYPE_INT32: "int32",
}


def parsed(text, message):
    return json_format.Parse(text, message.pb()(), ignore_unknown_fields=False)


def type_name(field):
    if field.message_type:
        return "timestamp" if field.message_type.name == "Timestamp" else field.message_type.name
    return field.enum_type.name if field.enum_type else TYPES[field.type]


def oneof_name(field):
    oneof = field.containing_oneof
    return f" {oneof.name}" if oneof and not oneof.name.startswith("_") else ""


def schema():
    lines, enums, queue, seen = [], {}, [REQUEST.DESCRIPTOR], set()
    while queue:
        message = queue.pop(0)
        if message.full_name in seen:
            continue
        seen.add(message.full_name)
        lines.append(f"message {message.name}")
        for field in message.fields:
            kind = type_name(field)
            if field.message_type and kind != "timestamp":
                queue.append(field.message_type)
            if field.enum_type:
                enums[kind] = field.enum_type
            repeats = "*" if field.is_repeated else ""
            lines.append(f"    {field.name} {kind}{repeats}{oneof_name(field)}")
    for name, enum in enums.items():
        lines.append(f"enum {name}")
        lines += [f"    {value.name} {value.number}" for value in enum.values]
    return "\n".join(lines)


def normal(value):
    """Times as the classes write them: without a fraction that is zero."""
    if isinstance(value, dict):
        return {key: normal(member) for key, member in value.items()}
    if isinstance(value, list):
        return [normal(member) for member in value]
    if isinstance(value, str) and value.endswith(".000Z"):
        return value[:-5] + "Z"
    return value


def check_sent(bodies):
    for body in bodies:
        message = parsed(body, ingestion_service.IngestEventsRequest)
        again = json_format.MessageToDict(message)
        assert normal(json.loads(body)) == again, f"not the same:\n{body}\n{json.dumps(again)}"


def check_verdicts(path):
    with open(path, encoding="utf-8") as file:
        known = {verdict["code"] for verdict in json.load(file)["verdicts"]}
    reasons = set(error.ErrorReason.__members__) | set(
        processing_errors.ProcessingErrorReason.__members__)
    assert reasons <= known, f"without a verdict: {sorted(reasons - known)}"


class Double:
    def __init__(self, given):
        self.url, self.token = given["url"], given["token"]

    def ask(self, path, body=None):
        request = urllib.request.Request(
            self.url + path, data=body, headers={
                "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as failure:
            return failure.code, failure.read().decode()

    def takes_form(self, text):
        """Whether only what the request says can be wrong: such refusals carry a reason."""
        status, body = self.ask("/v1/events:ingest", text.encode())
        return status == 200 or "google.rpc.ErrorInfo" in body


def scalar(draw, field):
    if field.enum_type:
        return draw.choice([value.number for value in field.enum_type.values])
    if field.type == Field.TYPE_STRING:
        return draw.choice(["", "x", "EUR", "ä\n\"\\", "1234567890"])
    if field.type == Field.TYPE_DOUBLE:
        return draw.choice([0.0, 1.5, 404.95, -2.0, 1e300, 1e-9, float("inf")])
    if field.type == Field.TYPE_BOOL:
        return draw.random() < 0.5
    return draw.choice([0, 1, -7, 2**31 - 1])


def fill(draw, message, depth):
    """Sets some fields of a message to some values, one at most of a oneof."""
    taken = set()
    for field in message.DESCRIPTOR.fields:
        oneof = oneof_name(field)
        if draw.random() < 0.5 or (oneof and oneof in taken) or depth == 0:
            continue
        taken.add(oneof)
        if field.message_type and field.message_type.name == "Timestamp":
            getattr(message, field.name).FromNanoseconds(draw.randrange(4 * 10**18))
        elif field.message_type and field.is_repeated:
            for _ in range(draw.randrange(3)):
                fill(draw, getattr(message, field.name).add(), depth - 1)
        elif field.message_type:
            getattr(message, field.name).SetInParent()
            fill(draw, getattr(message, field.name), depth - 1)
        elif field.is_repeated:
            getattr(message, field.name).extend(
                scalar(draw, field) for _ in range(draw.randrange(3)))
        else:
            setattr(message, field.name, scalar(draw, field))


def places(value, path=()):
    """Every member and element of a JSON value, by the way to it."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, member in value.items():
            found += places(member, path + (key,))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            found += places(member, path + (index,))
    return found


STRANGE = [
    None, True, False, 0, 1, -1, 1.5, 2**31, 2**63, "", "x", "1", "1.5", "-0", "1e3", " 1", "NaN",
    "Infinity", "WEB", "GRANTED", "2026-03-09T12:00:00Z", "2026-03-09T12:00:00.1234567891Z",
    "2026-03-09 12:00:00Z", "2026-03-09T12:00:00", "2026-03-09T12:00:00+02:00", [], {}, [None],
    [1], ["x"], {"x": 1},
]


def altered(draw, request):
    request = copy.deepcopy(request)
    path = draw.choice(places(request))
    holder = request
    for step in path[:-1]:
        holder = holder[step]
    last, how = path[-1], draw.randrange(5)
    if how == 0 and isinstance(last, str):
        holder[draw.choice([last + "x", last.upper(), "x"])] = holder.pop(last)
    elif how == 1 and isinstance(last, str):
        snake = "".join("_" + c.lower() if c.isupper() else c for c in last)
        holder[snake] = holder.pop(last)
    elif how == 2:
        holder[last] = [holder[last]]
    else:
        holder[last] = draw.choice(STRANGE)
    return request


def is_loose(value, message):
    """Whether the Python parser alone would take it: a message that is no object, a word of an
    enumeration that is a truth value, a fraction or a number in quotes, a number that is a truth value
    or has a blank. The other parsers refuse these."""
    if not isinstance(value, dict):
        return value is not None
    for key, member in value.items():
        field = next((f for f in message.fields if key in (f.name, f.json_name)), None)
        if field is None or member is None:
            continue
        for element in member if field.is_repeated and isinstance(member, list) else [member]:
            if field.message_type and field.message_type.name != "Timestamp":
                if is_loose(element, field.message_type):
                    return True
            if field.enum_type and not (
                type(element) is int or element in field.enum_type.values_by_name.keys()):
                return True
            if field.type == Field.TYPE_DOUBLE and (
                isinstance(element, bool) or isinstance(element, str) and " " in element):
                return True
    return False


def class_takes(text):
    try:
        parsed(text, ingestion_service.IngestEventsRequest)
        return not is_loose(json.loads(text), REQUEST.DESCRIPTOR)
    except (json_format.ParseError, ValueError, OverflowError, TypeError, AttributeError):
        return False


def check_forms(double, seed, cases):
    draw = random.Random(seed)
    refused = 0
    for number in range(cases):
        message = REQUEST()
        fill(draw, message, 5)
        snake = draw.random() < 0.3
        text = json_format.MessageToJson(message, preserving_proto_field_name=snake, indent=None)
        assert double.takes_form(text), f"seed {seed}, case {number}: refuses\n{text}"
        request = json.loads(text)
        if not places(request):
            continue
        changed = json.dumps(altered(draw, request))
        takes = class_takes(changed)
        refused += not takes
        assert double.takes_form(changed) == takes, (
            f"seed {seed}, case {number}: the classes {'take' if takes else 'refuse'}\n{changed}")
    assert refused > cases / 5, f"seed {seed}: only {refused} of {cases} were refused"


def check_answers(double, bodies):
    for body in bodies:
        status, text = double.ask("/v1/events:ingest", body.encode())
        assert status == 200, f"{status} {text} for\n{body}"
        answer = parsed(text, ingestion_service.IngestEventsResponse)
        if json.loads(body).get("validateOnly"):
            continue
        status, text = double.ask(f"/v1/requestStatus:retrieve?requestId={answer.request_id}")
        assert status == 200, text
        parsed(text, ingestion_service.RetrieveRequestStatusResponse)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    bodies = [base64.b64decode(body).decode() for body in given["sent"]]
    check_sent(bodies)
    assert schema() == given["schema"], f"the schema differs; that of the classes is\n{schema()}"
    check_verdicts(given["verdicts"])
    double = Double(given)
    check_answers(double, bodies)
    check_forms(double, given["seed"], given["cases"])


main()
