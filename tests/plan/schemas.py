"""The providers' schemas, cut to the types that the project's HCL uses; refresh.py derives them."""

import gzip
import json
import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "schemas"
KINDS = {
    "resource": "resource_schemas",
    "data": "data_source_schemas",
    "ephemeral": "ephemeral_resource_schemas",
}


def used(folder: Path) -> set[tuple[str, str]]:
    """Return (kind, type) of all that the HCL in a folder declares."""
    declared = r'^(resource|data|ephemeral) "(\w+)"'
    return {
        (KINDS[kind], name)
        for file in folder.rglob("*.tf")
        for kind, name in re.findall(declared, file.read_text(), re.MULTILINE)
    }


def write(name: str, version: str, schemas: dict) -> None:
    """Write one provider's file, in the format of `terraform providers schema -json`."""
    content = {"format_version": "1.0", "provider_version": version}
    content["provider_schemas"] = {f"hashicorp/{name}": schemas}
    text = json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n"
    (FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


@cache
def read() -> dict[str, dict]:
    """Return the content of each provider's file, by the provider's name."""
    files = sorted(FOLDER.glob("*.json.gz"))
    return {file.name.partition(".")[0]: json.loads(gzip.decompress(file.read_bytes())) for file in files}


def by_address() -> dict[str, dict]:
    return {address: known for file in read().values() for address, known in file["provider_schemas"].items()}
