"""Checks an OpenAPI document with a validator of others: `python prove_openapi.py URL OPERATION_ID...`."""

import json
import sys
import urllib.request

from openapi_spec_validator import OpenAPIV31SpecValidator

with urllib.request.urlopen(sys.argv[1], timeout=30) as answer:
    document = json.load(answer)

assert document["openapi"].startswith("3.1."), document["openapi"]
OpenAPIV31SpecValidator(document).validate()

verbs = ("get", "post", "put", "patch", "delete")
operations = [it for path in document["paths"].values() for verb, it in path.items() if verb in verbs]
ids = [it["operationId"] for it in operations]
assert len(ids) == len(set(ids)), "an operationId is used twice"
missing = set(sys.argv[2:]) - set(ids)
assert len(sys.argv) > 2 and not missing, f"methods that are missing: {sorted(missing)}"
silent = [it["operationId"] for it in operations if not (it.get("summary") or it.get("description"))]
assert not silent, f"operations without a word about them: {silent}"
print(f"{len(ids)} operations")
print("valid")
