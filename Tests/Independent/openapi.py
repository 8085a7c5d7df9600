"""Holds a program's OpenAPI document against PyPI's openapi-spec-validator (OpenAPI 3.1), and its examples
against their schemas by jsonschema.

Its argument is a file with the document. Prints what is wrong, and exits with 1 then.
"""

import json
import pathlib
import sys

import jsonschema
from openapi_spec_validator import OpenAPIV31SpecValidator

document = json.loads(pathlib.Path(sys.argv[1]).read_text())
failures = [
    f"{'/'.join(str(part) for part in error.absolute_path)}: {error.message}"
    for error in OpenAPIV31SpecValidator(document).iter_errors()
]

examples = 0
for path, operations in document["paths"].items():
    for method, operation in operations.items():
        bodies = [operation.get("requestBody", {})] + list(operation["responses"].values())
        for body in bodies:
            for content in body.get("content", {}).values():
                if "example" not in content:
                    continue
                examples += 1
                schema = {**content["schema"], "components": document["components"]}
                for error in jsonschema.Draft202012Validator(schema).iter_errors(content["example"]):
                    failures.append(f"{method} {path}: {error.message}")

if examples == 0:
    failures.append("no example was found")
for failure in failures:
    print(failure)
print(f"{len(document['paths'])} paths, {examples} examples, {len(failures)} failures")
sys.exit(1 if failures else 0)
