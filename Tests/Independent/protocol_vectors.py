"""Holds protocol/ against code that is not ours: computes keys, chains, batches, signature bases, signatures,
tokens and boxes of protocol/vectors again, and checks protocol/schemas against them.

Its argument is the folder protocol/. Prints what differs, and exits with 1 then.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROOT = pathlib.Path(sys.argv[1])
failures = []
checks = 0


def check(condition, text):
    global checks
    checks += 1
    if not condition:
        failures.append(text)


def vector(path):
    return json.loads((ROOT / "vectors" / path).read_text())


def sha256(data):
    return hashlib.sha256(data).digest()


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def raw(public_key):
    return public_key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


# Keys


def check_keys(keys):
    for name, key in keys.items():
        secret = bytes.fromhex(key["private_hex"])
        kind = x25519.X25519PrivateKey if "box" in name else ed25519.Ed25519PrivateKey
        public = raw(kind.from_private_bytes(secret).public_key())
        check(b64url(public) == key["public_key"], f"public key of {name}")
        if "fingerprint" in key:
            check(sha256(public).hex() == key["fingerprint"], f"fingerprint of {name}")


# Chains and batches (SPEC 3 and 4)


def check_chains():
    for chain in vector("valid/chains.json"):
        start = chain.get("parent_chain") or sha256(chain["epoch"].encode()).hex()
        check(start == chain["start"], f"start of {chain['name']}")
        value = bytes.fromhex(start)
        for step in chain["steps"]:
            digest = sha256(step["text"].encode())
            value = sha256(value + digest)
            check(digest.hex() == step["digest"], f"digest of {step['text']}")
            check(value.hex() == step["chain"], f"chain after {step['text']}")


def covered(header, lines):
    """Numbers of the lines, and the texts that the chain hashes, in order."""
    gaps = {gap[0]: gap for gap in header["gaps"]}
    number, numbers, texts, lines = header["first_seq"], [], [], list(lines)
    while number <= header["last_seq"]:
        if number in gaps:
            first, last, reason = gaps[number]
            texts.append(f'[{first},{last},"{reason}"]'.encode())
            number = last + 1
        else:
            numbers.append(number)
            texts.append(lines.pop(0))
            number += 1
    return numbers, texts, lines


def check_batches():
    batches = vector("valid/batches.json")
    for batch in batches:
        body = batch["body"].encode()
        check(body.endswith(b"\n"), f"end of {batch['name']}")
        first, *lines = body[:-1].split(b"\n")
        header = json.loads(first)
        numbers, texts, rest = covered(header, lines)
        check(numbers == batch["numbers"] and not rest, f"numbers of {batch['name']}")
        check(header["count"] == len(lines), f"count of {batch['name']}")
        for number, line in zip(numbers, lines):
            check(line.startswith(b'{"seq":%d,' % number), f"line {number} of {batch['name']}")
        value = bytes.fromhex(header["chain_before"])
        for text in texts:
            value = sha256(value + sha256(text))
        check(value.hex() == header["chain_after"] == batch["chain_after"], f"chain of {batch['name']}")
        if "parent" not in header and header["first_seq"] == 1:
            check(header["chain_before"] == sha256(header["epoch"].encode()).hex(), "start of a fresh epoch")
    compressed = (ROOT / "vectors/valid/batch.zst").read_bytes()
    decoded = zstandard.ZstdDecompressor().decompressobj().decompress(compressed)
    check(decoded == batches[0]["body"].encode(), "batch.zst")


def check_dictionary():
    """What another zstd opens with the published text, and what it makes of it (SPEC 3.6)."""
    text = (ROOT / "dictionaries/schema-1.txt").read_bytes()
    head = bytes.fromhex("5e2a4d1820000000") + sha256(text)
    check(sha256(text).hex() in (ROOT / "SPEC.md").read_text(), "the dictionary's name in SPEC.md")
    project, embedded = ROOT.parent, "Sources/Protocol/BatchDictionaryText.swift"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, project / "scripts/train-dictionary", folder], check=True, stdout=subprocess.DEVNULL)
        made = pathlib.Path(folder)
        check((made / "protocol/dictionaries/schema-1.txt").read_bytes() == text, "the dictionary, trained again")
        check((made / embedded).read_bytes() == (project / embedded).read_bytes(), "the embedded dictionary, trained again")
    body = vector("valid/batches.json")[0]["body"].encode()
    coded = (ROOT / "vectors/valid/batch.dcz").read_bytes()
    check(coded[:40] == head, "head of batch.dcz")
    for kind in (zstandard.DICT_TYPE_AUTO, zstandard.DICT_TYPE_RAWCONTENT):
        dictionary = zstandard.ZstdCompressionDict(text, dict_type=kind)
        opener = zstandard.ZstdDecompressor(dict_data=dictionary)
        check(opener.decompressobj().decompress(coded[40:]) == body, "batch.dcz")
        # The head is a skippable frame: the whole body is one stream.
        check(opener.stream_reader(coded, read_across_frames=True).read() == body, "batch.dcz as one stream")
    check(len(coded) < 0.8 * len((ROOT / "vectors/valid/batch.zst").read_bytes()), "size of batch.dcz")


# Signatures (SPEC 5; RFC 9421, section 2.5)


def field(headers, name):
    return next((value for key, value in headers.items() if key.lower() == name), None)


def derived(request, name):
    path, question, query = request["target"].partition("?")
    return {"@method": request["method"], "@authority": request["authority"], "@path": path,
            "@query": question + query}[name]


def request_components(request):
    names = ["@method", "@authority", "@path"] + (["@query"] if "?" in request["target"] else [])
    fields = ["content-type", "content-encoding", "content-digest"]
    return [f'"{n}"' for n in names + [n for n in fields if field(request["headers"], n) is not None]]


def answer_components(exchange):
    has_body = exchange["answer"]["body_base64"] != ""
    names = ['"@status"'] + (['"content-type"', '"content-digest"'] if has_body else [])
    names += ['"@method";req', '"@path";req']
    has_digest = field(exchange["request"]["headers"], "content-digest") is not None
    return names + (['"content-digest";req'] if has_digest else [])


def value_of(component, message, request):
    name, _, parameter = component.partition(";")
    source, name = (request if parameter else message), name.strip('"')
    if name == "@status":
        return str(source["status"])
    return derived(source, name) if name.startswith("@") else field(source["headers"], name)


def base(components, created, fingerprint, message, request):
    lines = [f"{c}: {value_of(c, message, request)}" for c in components]
    parameters = f'({" ".join(components)});created={created};keyid="{fingerprint}";alg="ed25519";tag="convey-1"'
    return "\n".join(lines + [f'"@signature-params": {parameters}']), parameters


def check_message(name, message, request, components, key):
    text, parameters = base(components, 1772366400, key["fingerprint"], message, request)
    check(text == message["signature_base"], f"signature base of {name}")
    check(field(message["headers"], "signature-input") == f"convey={parameters}", f"input of {name}")
    label, _, value = field(message["headers"], "signature").partition("=")
    public = ed25519.Ed25519PublicKey.from_public_bytes(from_b64url(key["public_key"]))
    try:
        public.verify(base64.b64decode(value.strip(":")), text.encode())
        check(label == "convey", f"label of {name}")
    except InvalidSignature:
        check(False, f"signature of {name}")
    body = base64.b64decode(message["body_base64"])
    if body:
        digest = "sha-256=:" + base64.b64encode(sha256(body)).decode() + ":"
        check(field(message["headers"], "content-digest") == digest, f"digest of {name}")


def check_exchanges(keys):
    for exchange in vector("valid/exchanges.json"):
        request, answer = exchange["request"], exchange["answer"]
        check_message(exchange["name"], request, request, request_components(request), keys["collector"])
        check_message(
            f"answer: {exchange['name']}", answer, request, answer_components(exchange), keys["aggregator"])


# Enrolment and settings (SPEC 9 and 10; RFC 9180)


def check_enrolment(keys):
    enrolment = vector("valid/enrolment.json")
    version, secret, fingerprint = enrolment["token"].split(".")
    request, key = json.loads(enrolment["request"]), sha256(from_b64url(secret))
    check((version, fingerprint) == ("convey1", keys["aggregator"]["fingerprint"]), "token")
    check(sha256(key).hex() == enrolment["token_id"] == request["token_id"], "token id")
    message = f"convey-enroll-1\n{request['public_key']}\n{request['box_key']}\n"
    proof = hmac.new(key, message.encode(), hashlib.sha256).hexdigest()
    check(proof == enrolment["token_proof"] == request["token_proof"], "token proof")
    check(secret not in enrolment["request"], "the secret travels")


def follow(statements, pinned, named):
    """The key of this fingerprint that follows the pinned one; None for none, or for a broken list (SPEC 10.1)."""
    keys = [statement["previous_key"] for statement in statements[:1]]
    for statement in statements:
        text = f"convey-key-statement-1\n{statement['previous_key']}\n{statement['key']}\n{statement['stated_at']}\n"
        try:
            signer = ed25519.Ed25519PublicKey.from_public_bytes(from_b64url(statement["previous_key"]))
            signer.verify(from_b64url(statement["signature"]), text.encode())
        except InvalidSignature:
            return None
        if statement["previous_key"] != keys[-1] or statement["key"] in keys:
            return None
        keys.append(statement["key"])
    later = keys[keys.index(pinned) + 1:] if pinned in keys else []
    return next((key for key in later if sha256(from_b64url(key)).hex() == named), None)


def check_key_statements():
    validator = schema("aggregator-keys.json")
    for path in ("valid/key-statements.json", "invalid/key-statements.json"):
        for case in vector(path):
            body = json.loads(case["body"])
            fits(validator, body, case["name"])
            check(follow(body["key_statements"], case["pinned"], case["named"]) == case.get("leads_to"), case["name"])


def check_rotation(keys):
    """One exchange proves both keys (SPEC 9.1); the request's own signature is checked with the others."""
    exchange = next(e for e in vector("valid/exchanges.json") if e["name"] == "a rotation")
    body = json.loads(base64.b64decode(exchange["request"]["body_base64"]))
    fits(schema("rotation-request.json"), body, "rotation request")
    fits(schema("rotation-answer.json"), json.loads(base64.b64decode(exchange["answer"]["body_base64"])), "rotation answer")
    collector = json.loads(vector("valid/settings.json")["settings"])["collector"]
    lines = ["convey-rotate-1", collector, keys["collector"]["public_key"], body["public_key"], body["box_key"], ""]
    new = ed25519.Ed25519PublicKey.from_public_bytes(from_b64url(body["public_key"]))
    try:
        new.verify(from_b64url(body["proof"]), "\n".join(lines).encode())
    except InvalidSignature:
        check(False, "proof of the rotation")
    check(body["public_key"] != keys["collector"]["public_key"], "another key")


def extract(salt, suite, label, secret):
    return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + secret, hashlib.sha256).digest()


def expand(key, suite, label, info, length):
    message = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.new(key, message + b"\x01", hashlib.sha256).digest()[:length]


def open_box(box, secret_key, info, aad):
    ephemeral, ciphertext = box[:32], box[32:]
    private = x25519.X25519PrivateKey.from_private_bytes(secret_key)
    shared = private.exchange(x25519.X25519PublicKey.from_public_bytes(ephemeral))
    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x02"
    context = ephemeral + raw(private.public_key())
    secret = expand(extract(b"", kem, b"eae_prk", shared), kem, b"shared_secret", context, 32)
    schedule = b"\x00" + extract(b"", suite, b"psk_id_hash", b"") + extract(b"", suite, b"info_hash", info)
    key = extract(secret, suite, b"secret", b"")
    nonce = expand(key, suite, b"base_nonce", schedule, 12)
    return AESGCM(expand(key, suite, b"key", schedule, 32)).decrypt(nonce, ciphertext, aad)


def check_settings(keys):
    vectors = vector("valid/settings.json")
    site = json.loads(vectors["settings"])["sites"][0]
    check(vectors["associated_data"] == f"{site['id']}/shopify", "associated data")
    box = from_b64url(site["webhook_secrets"]["shopify"][0])
    secret = bytes.fromhex(keys["collector_box"]["private_hex"])
    opened = open_box(box, secret, vectors["info"].encode(), vectors["associated_data"].encode())
    check(opened.decode() == vectors["secret"], "boxed secret")


# JSON Schemas


def schema(name):
    definition = json.loads((ROOT / "schemas" / name).read_text())
    jsonschema.Draft202012Validator.check_schema(definition)
    return jsonschema.Draft202012Validator(definition)


def fits(validator, document, name):
    errors = [error.message for error in validator.iter_errors(document)]
    check(not errors, f"{name} breaks its schema: {errors[:2]}")


def check_schemas():
    events, header, problem = schema("event.json"), schema("batch-header.json"), schema("problem.json")
    receipt = schema("receipt.json")
    for event in vector("valid/events.json"):
        fits(events, json.loads(event["written"]), event["name"])
    for event in vector("invalid/events.json"):
        if event["code"] in ("invalid_json", "duplicate_member"):
            continue
        breaks = not events.is_valid(json.loads(event["line"]))
        check(breaks == event["breaks_schema"], f"schema of events on {event['name']}: {breaks}")
    for batch in vector("valid/batches.json"):
        fits(header, json.loads(batch["body"].split("\n")[0]), batch["name"])
    kinds = set()
    for exchange in vector("valid/exchanges.json"):
        if exchange["answer"]["status"] < 400:
            continue
        document = json.loads(base64.b64decode(exchange["answer"]["body_base64"]))
        fits(problem, document, exchange["name"])
        kinds.add(document["type"])
        for name in set(document) - {"line", "detail"}:
            less = {key: value for key, value in document.items() if key != name}
            check(not problem.is_valid(less), f"{document['type']} without {name} passes")
    check(len(kinds) == 22, f"{len(kinds)} kinds of problems")
    first = vector("valid/exchanges.json")[0]
    fits(receipt, json.loads(base64.b64decode(first["answer"]["body_base64"])), "receipt")
    fits(schema("settings.json"), json.loads(vector("valid/settings.json")["settings"]), "settings")
    enrolment = vector("valid/enrolment.json")
    fits(schema("enrolment-request.json"), json.loads(enrolment["request"]), "enrolment request")
    fits(schema("enrolment-answer.json"), json.loads(enrolment["answer"]), "enrolment answer")


def check_broken_batches():
    """What is refused because of one header member, a schema sees, too."""
    header = schema("batch-header.json")
    for batch in vector("invalid/batches.json"):
        if batch.get("code") == "header_member":
            line = base64.b64decode(batch["body_base64"]).split(b"\n")[0]
            document = json.loads(line)
            if batch["name"] in ("a number with a fraction", "a gap upside down"):
                continue  # JSON Schema takes 1.0 for an integer, and cannot compare two numbers
            check(not header.is_valid(document), f"the header's schema passes {batch['name']}")


keys = vector("valid/keys.json")
check_keys(keys)
check_chains()
check_batches()
check_dictionary()
check_exchanges(keys)
check_enrolment(keys)
check_settings(keys)
check_key_statements()
check_rotation(keys)
check_schemas()
check_broken_batches()
for failure in failures:
    print("differs:", failure)
print(f"{checks} checks, {len(failures)} differences")
sys.exit(1 if failures else 0)
