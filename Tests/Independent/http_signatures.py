"""Holds our HTTP message signatures against an independent implementation.

Reads {"secret_key": hex, "public_key": hex, "check": [message…], "sign": [message…]} from the file
that is the first argument, and writes to the second {"accepted": [bool…], "signed": [headers…]}.
A message is {"method", "url", "headers": {…}, "body": text, "status": int or null, "components": […]};
with a status it is an answer, and "request" holds its request.
"""

import datetime
import json
import sys
import types

from cryptography.hazmat.primitives.asymmetric import ed25519
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

LABEL, TAG = "convey", "convey-1"


class Keys(HTTPSignatureKeyResolver):
    def __init__(self, given):
        self.secret = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["secret_key"]))
        self.public = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(given["public_key"]))

    def resolve_private_key(self, key_id):
        return self.secret

    def resolve_public_key(self, key_id):
        return self.public


def message_of(given):
    message = types.SimpleNamespace(headers=dict(given["headers"]))
    if given.get("status") is None:
        message.method, message.url = given["method"], given["url"]
    else:
        message.status_code = given["status"]
        message.request = message_of(given["request"])
    return message


def accepts(keys, given):
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=keys)
    body = given["body"].encode()
    try:
        verifier.verify(
            message_of(given), max_age=None, expect_tag=TAG, expect_label=LABEL,
            require_components=given["components"], **({"body": body} if body else {}),
        )
        return True
    except InvalidSignature:
        return False


def signed(keys, given):
    message = message_of(given)
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=keys).sign(
        message, key_id=given["key_id"], label=LABEL, tag=TAG,
        created=datetime.datetime.fromtimestamp(given["created"], datetime.timezone.utc),
        covered_component_ids=given["components"], use_existing_digest=bool(given["body"]),
    )
    return {name: value for name, value in message.headers.items()}


with open(sys.argv[1]) as file:
    work = json.load(file)
keys = Keys(work)
result = {
    "accepted": [accepts(keys, message) for message in work["check"]],
    "signed": [signed(keys, message) for message in work["sign"]],
}
with open(sys.argv[2], "w") as file:
    json.dump(result, file)
