"""A stand-in for OpenSearch, which can't be installed from a package registry: its HTTP contract, as far as
rendered projects use it.

`python -m tests.opensearch PORT USER PASSWORD` serves; without a user it serves everybody on all addresses,
as OpenSearch in a container does without its security plugin. What a project doesn't use is refused: other
paths, parameters, fields and kinds of query answer 400, as OpenSearch answers what it doesn't know. Shapes,
statuses and names of errors follow https://docs.opensearch.org/latest/api-reference/

Not shown: how texts are analysed and scored (a search compares words and the beginning of the last; a match
in a boosted field comes first), shards, the second until a document can be found, and TLS.
"""

import base64
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

# Above this version, and above that of a deleted document, an external version must be.
NEVER = -1
indices: dict[str, "Index"] = {}
aliases: dict[str, str] = {}
lock = Lock()


class RefusedError(Exception):
    """An answer that says what is wrong, as OpenSearch words it."""

    def __init__(self, status: int, kind: str, reason: str):
        super().__init__(reason)
        self.status = status
        self.error = {"type": kind, "reason": reason}


def known(given: dict, required: set[str], optional: set[str] = frozenset()) -> None:
    """Refuse what is missing or unknown."""
    if not required <= set(given) <= required | optional:
        raise RefusedError(
            400, "illegal_argument_exception", f"{sorted(given)} instead of {sorted(required)}"
        )


class Index:
    """Documents by their number, with versions, which outlive a document."""

    def __init__(self, mappings: dict):
        known(mappings, {"dynamic", "properties"})
        if mappings["dynamic"] != "strict" or any(
            field != {"type": "text"} for field in mappings["properties"].values()
        ):
            raise RefusedError(
                400, "mapper_parsing_exception", "only strict mappings of texts are known here"
            )
        self.fields = set(mappings["properties"])
        self.documents: dict[str, dict[str, str]] = {}
        self.versions: dict[str, int] = {}

    def put(self, number: str, version: int, document: dict[str, str]) -> int:
        if unknown := set(document) - self.fields:
            raise RefusedError(
                400, "strict_dynamic_mapping_exception", f"{unknown} within [_doc] is not allowed"
            )
        if not all(isinstance(value, str) for value in document.values()):
            raise RefusedError(400, "mapper_parsing_exception", "failed to parse a text")
        current = self.versions.get(number, NEVER)
        if version <= current:
            raise RefusedError(
                409, "version_conflict_engine_exception",
                f"current version [{current}] is higher or equal to the one provided [{version}]",
            )  # fmt: skip
        self.versions[number], self.documents[number] = version, document
        return 201 if current == NEVER else 200

    def delete(self, number: str) -> int:
        self.versions[number] = self.versions.get(number, 0) + 1
        return 404 if self.documents.pop(number, None) is None else 200

    def search(self, query: dict) -> list[tuple[float, str]]:
        known(query, {"multi_match"})
        query = query["multi_match"]
        known(query, {"query", "type", "operator", "fields"})
        if (query["type"], query["operator"]) != ("bool_prefix", "and"):
            raise RefusedError(400, "parsing_exception", "only bool_prefix with all words is known here")
        *whole, last = words(query["query"])
        found = []
        for number, document in self.documents.items():
            score = 0.0
            for field in query["fields"]:
                name, _, boost = field.partition("^")
                if name not in self.fields:
                    raise RefusedError(400, "query_shard_exception", f"no field {name}")
                text = words(document[name])
                if set(whole) <= set(text) and any(word.startswith(last) for word in text):
                    score = max(score, float(boost or 1))
            if score:
                found.append((score, number))
        return sorted(found, key=lambda hit: -hit[0])


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def index_of(name: str, *, alias_only: bool = False) -> Index:
    index = aliases.get(name, None if alias_only else name)
    if index not in indices:
        raise RefusedError(404, "index_not_found_exception", f"no such index [{name}]")
    return indices[index]


def create(name: str, body: dict) -> dict:
    known(body, {"mappings"})
    if name in indices or name in aliases or name != name.lower():
        raise RefusedError(400, "resource_already_exists_exception", f"index [{name}]")
    indices[name] = Index(body["mappings"])
    return {"acknowledged": True, "shards_acknowledged": True, "index": name}


def alias(name: str) -> dict:
    if name not in aliases:
        raise RefusedError(404, "aliases_not_found_exception", f"alias [{name}] missing")
    return {aliases[name]: {"aliases": {name: {}}}}


def update_aliases(body: dict) -> dict:
    known(body, {"actions"})
    for action in body["actions"]:
        [(kind, target)] = action.items()
        if kind == "add":
            known(target, {"index", "alias"})
            index_of(target["index"])
            aliases[target["alias"]] = target["index"]
        elif kind == "remove_index":
            known(target, {"index"})
            index_of(target["index"])
            del indices[target["index"]]
        else:
            raise RefusedError(400, "illegal_argument_exception", kind)
    return {"acknowledged": True}


def search(name: str, body: dict) -> dict:
    known(body, {"query", "_source", "size"})
    if body["_source"] is not False or not 0 < body["size"] <= 10_000:
        raise RefusedError(400, "parsing_exception", "_source or size")
    found = index_of(name).search(body["query"])
    hits = [{"_index": name, "_id": number, "_score": score} for score, number in found[: body["size"]]]
    total = {"value": len(found), "relation": "eq"}
    shards = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}
    return {"took": 1, "timed_out": False, "_shards": shards, "hits": {"total": total, "hits": hits}}


def bulk(name: str, lines: list[dict], *, alias_only: bool) -> dict:
    items = []
    for line in (remaining := iter(lines)):
        [(kind, about)] = line.items()
        item = {"_index": name, "_id": about["_id"]}
        try:
            if kind == "index":
                document = next(remaining)
                known(about, {"_id", "version", "version_type"})
                if about["version_type"] != "external" or about["version"] < 0:
                    raise RefusedError(400, "action_request_validation_exception", "the version")
                index = index_of(name, alias_only=alias_only)
                item["status"] = index.put(str(about["_id"]), about["version"], document)
            elif kind == "delete":
                known(about, {"_id"})
                item["status"] = index_of(name).delete(str(about["_id"]))
            else:
                raise RefusedError(400, "illegal_argument_exception", kind)
        except RefusedError as refusal:
            item |= {"status": refusal.status, "error": refusal.error}
        items.append({kind: item})
    errors = any("error" in answer for item in items for answer in item.values())
    return {"took": 1, "errors": errors, "items": items}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    credentials = ""

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        text = self.rfile.read(length).decode()
        try:
            if self.credentials and self.headers.get("Authorization") != self.credentials:
                raise RefusedError(401, "security_exception", "missing authentication credentials")
            with lock:
                status, body = 200, self.route(text)
        except RefusedError as refusal:
            status, body = refusal.status, {"error": refusal.error, "status": refusal.status}
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    def route(self, text: str) -> dict[str, Any]:
        url = urlsplit(self.path)
        parameters = {name: values[-1] for name, values in parse_qs(url.query).items()}
        match self.command, url.path.strip("/").split("/"):
            case "GET", ["_cluster", "health"]:
                known(parameters, set(), {"wait_for_status", "timeout"})
                return {"status": "green", "timed_out": False, "number_of_nodes": 1}
            case (("GET" | "HEAD"), ["_alias", name]):
                known(parameters, set())
                return alias(name)
            case "POST", ["_aliases"]:
                known(parameters, set())
                return update_aliases(json.loads(text))
            case "PUT", [name]:
                known(parameters, set())
                return create(name, json.loads(text))
            case "POST", [name, "_search"]:
                known(parameters, set())
                return search(name, json.loads(text))
            case (("POST" | "PUT"), [name, "_bulk"]):
                known(parameters, set(), {"require_alias"})
                if not text.endswith("\n"):
                    raise RefusedError(400, "illegal_argument_exception", "must be terminated by a newline")
                lines = [json.loads(line) for line in text.splitlines()]
                return bulk(name, lines, alias_only=parameters.get("require_alias") == "true")
        raise RefusedError(400, "illegal_argument_exception", f"no handler for {self.command} {self.path}")


def main(port: str, user: str = "", password: str = "") -> None:
    if user:
        Handler.credentials = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    ThreadingHTTPServer(("127.0.0.1" if user else "", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
