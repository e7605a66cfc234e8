"""Rebuild a provider's schema from its CDK bindings, a package that PyPI has where it has no provider.

The bindings are generated from what `terraform providers schema -json` prints, one folder for each type, and
the JavaScript in them keeps nearly all of it:

    // engine - computed: true, optional: true, required: false       what may and must be given
    get engine() { return this.getStringAttribute('engine'); }        the type of what is read
    _origin = new XOriginList(this, "origin", true);                  a nested type; true: a set
    origin: {                                                         how it is written
        value: cdktn.listMapperHcl(xOriginToHclTerraform, true)(..),  true: a block, not an attribute
        isBlock: true, type: "set", storageClassType: "XOriginList",
    }

What they don't keep: `sensitive`, `deprecated`, defaults, and limits of items other than one at least
(required) and one at most (an object, not a list of them). `write_only` comes back from the suffix _wo.
"""

import io
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

KINDS = {
    "TerraformProvider": "provider",
    "TerraformResource": "resource_schemas",
    "TerraformDataSource": "data_source_schemas",
    "TerraformEphemeralResource": "ephemeral_resource_schemas",
}
CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{", re.MULTILINE)
TYPE_NAME = re.compile(r'static tfResourceType = "(\w+)"')
ATTRIBUTE = re.compile(
    r"^    // (\w+) - computed: (true|false), optional: (true|false), required: (true|false)$", re.MULTILINE
)
NESTED = re.compile(
    r"= new (?:\w+\.)?(\w+?)(OutputReference|List|Map)\(this, ['\"]\w+['\"](?:, (true|false))?\)"
)
OF_MAPS = re.compile(
    r"= new cdktn\.(String|Number|Boolean|Any)(Map|MapList)\(this, ['\"]\w+['\"](?:, (true|false))?\)"
)
RETURN = re.compile(r"return (.*);")
WRITTEN = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{(.*?)^\}", re.MULTILINE | re.DOTALL)
ENTRY = re.compile(
    r"^ +(\w+): \{\n +value: (.*),\n +isBlock: (?:true|false),\n +type: \"(\w+)\",\n"
    r" +storageClassType: \"(\w+)\",",
    re.MULTILINE,
)
INTERFACE = re.compile(r"^export interface (\w+)[^{\n]*\{(.*?)^\}", re.MULTILINE | re.DOTALL)
BLOCK_DOC = re.compile(r"/\*\*\s+\* (\w+) block$", re.MULTILINE)

PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
OF_GETTER = {"getListAttribute": ["list", "string"]}
for name, primitive in PRIMITIVES.items():
    OF_GETTER |= {
        f"get{name.title()}Attribute": primitive,
        f"get{name.title()}MapAttribute": ["map", primitive],
        f"get{name.title()}ListAttribute": ["list", primitive],
    }

Type = str | list


class Written(NamedTuple):
    """How an argument is written: the entry of that name in a class's HCL."""

    value: str
    shape: str
    storage: str

    @property
    def type(self) -> Type | None:
        """Return the type, or None where it is a class of its own."""
        if self.shape == "simple":
            return PRIMITIVES.get(self.storage)
        found = re.fullmatch(r"(string|number|boolean|any)(List|Map)(List)?", self.storage)
        if not found:
            return None
        primitive = PRIMITIVES[found[1]]
        return [self.shape, ["map", primitive] if found[3] else primitive]


class Member(NamedTuple):
    """An attribute or block of a class: its name, flags, and the source up to the next one."""

    name: str
    flags: dict[str, bool]
    source: str


class Folder:
    """The classes of one folder."""

    def __init__(self, script: str, types: str):
        self.written = {name.lower(): entries(body) for name, body in WRITTEN.findall(script)}
        self.blocks = {name.lower(): set(BLOCK_DOC.findall(body)) for name, body in INTERFACE.findall(types)}
        self.bodies, self.bases = {}, {}
        for found, body in sections(CLASS, script):
            self.bodies[found[1]], self.bases[found[1]] = body, found[2]

    def members(self, name: str) -> Iterator[Member]:
        for found, source in sections(ATTRIBUTE, self.bodies[name].partition("synthesizeAttributes()")[0]):
            flags = zip(("computed", "optional", "required"), found.groups()[1:], strict=True)
            yield Member(found[1], {flag: True for flag, said in flags if said == "true"}, source)

    def block(self, name: str, within: tuple[str, ...] = ()) -> dict:
        """Return the block that a class describes."""
        if within.count(name) > 2:  # the generator folds nesting that resembles itself into a circle
            return {}
        interface = name.removesuffix("OutputReference").lower()
        written = self.written.get(interface) or entries(self.bodies[name])
        blocks = self.blocks.get(interface, set()) | self.blocks.get(f"{interface}config", set())
        result = {"attributes": {}, "block_types": {}}
        for member in self.members(name):
            how = written.get(member.name)
            nested, maps = NESTED.search(member.source), OF_MAPS.search(member.source)
            if maps:
                kind = ["map", PRIMITIVES[maps[1].lower()]]
                if maps[2] == "MapList":
                    kind = ["set" if maps[3] == "true" else "list", kind]
                result["attributes"][member.name] = {"type": kind, **member.flags}
            elif nested:
                inner = self.block(f"{nested[1]}OutputReference", (*within, name))
                self.add_nested(result, member, how, nested, inner, member.name in blocks)
            elif how and how.type is None and self.function_of(how):
                self.add_of_provider(result, member, how)
            else:
                kind = (how and how.type) or read_type(member.source)
                if "dynamic" in kind and within:  # which core allows in no set of blocks
                    kind = ["map", "string"]
                result["attributes"][member.name] = {"type": kind, **member.flags}
                if member.name.endswith("_wo") and "computed" not in member.flags:
                    result["attributes"][member.name]["write_only"] = True
        return {key: value for key, value in result.items() if value}

    def add_nested(self, result, member: Member, how: Written | None, nested, inner: dict, documented: bool):
        _, class_kind, is_set = nested.groups()
        of_class = {"List": "set" if is_set == "true" else "list", "Map": "map", "OutputReference": "struct"}
        shape = how.shape if how else of_class[class_kind]
        single = class_kind == "OutputReference"
        mapped = re.search(r"apperHcl\(.*?, (true|false)\)", how.value) if how else None
        if documented or (mapped and mapped[1] == "true") or (how and single and shape != "struct"):
            nested_block = {"nesting_mode": "single" if shape == "struct" else shape, "block": inner}
            if single and shape != "struct":
                nested_block["max_items"] = 1
            if "required" in member.flags:
                nested_block["min_items"] = 1
            result["block_types"][member.name] = nested_block
        else:
            kind = object_type(inner)
            result["attributes"][member.name] = {
                "type": kind if shape == "struct" else [shape, kind],
                **member.flags,
            }

    def function_of(self, how: Written) -> str | None:
        found = re.search(r"(\w+)ToHclTerraform", how.value)
        return found[1].lower() if found and found[1].lower() in self.written else None

    def add_of_provider(self, result, member: Member, how: Written):
        """Add a block of a provider's configuration, which has no class: only how it is written is known."""
        attributes = {
            name: {"type": entry.type or "dynamic", "optional": True}
            for name, entry in self.written[self.function_of(how)].items()
        }
        nested_block = {"nesting_mode": how.shape, "block": {"attributes": attributes}}
        if how.shape == "struct" or "listMapper" not in how.value:
            nested_block |= {"nesting_mode": "list", "max_items": 1}
        result["block_types"][member.name] = nested_block


def sections(pattern: re.Pattern, text: str) -> Iterator[tuple[re.Match, str]]:
    """Return each match with the text from it up to the next one."""
    found = list(pattern.finditer(text))
    ends = [after.start() for after in found[1:]] + [len(text)]
    for match, end in zip(found, ends, strict=False):  # an end too many where nothing matches
        yield match, text[match.end() : end]


def entries(body: str) -> dict[str, Written]:
    return {name: Written(*rest) for name, *rest in ENTRY.findall(body)}


def read_type(source: str) -> Type:
    """Return the type of an output, from the function that reads it."""
    returned = RETURN.search(source)
    getter = re.search(r"this\.(\w+)\(", returned[1]) if returned else None
    kind = OF_GETTER.get(getter[1]) if getter else None
    if isinstance(kind, list) and "Fn.tolist" in returned[1]:  # how the generator reads sets
        return ["set", kind[1]]
    return kind or "dynamic"


def object_type(block: dict) -> Type:
    fields = {name: attribute["type"] for name, attribute in block.get("attributes", {}).items()}
    for name, nested in block.get("block_types", {}).items():
        kind = object_type(nested["block"])
        fields[name] = kind if nested["nesting_mode"] == "single" else [nested["nesting_mode"], kind]
    return ["object", fields]


def folders(wheel: Path) -> Iterator[tuple[str, str]]:
    """Return the JavaScript and the type declarations of each folder in the archive in the wheel."""
    found: dict[str, dict[str, str]] = {}
    with zipfile.ZipFile(wheel) as files:
        archive = files.read(next(name for name in files.namelist() if name.endswith(".jsii.tgz")))
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as files:
        for file in files:
            path = re.fullmatch(r"package/lib/([^/]+)/.+?\.(js|d\.ts)", file.name)
            if path:
                texts = found.setdefault(path[1], {"js": "", "d.ts": ""})
                texts[path[2]] += files.extractfile(file).read().decode()
    for texts in found.values():
        yield texts["js"], texts["d.ts"]


def extract(wheel: Path, wanted: set[tuple[str, str]]) -> tuple[str, dict]:
    """Return the provider's version and its schemas, of the wanted (kind, type) and its own configuration."""
    schemas = {kind: {} for kind in KINDS.values()}
    version = ""
    for script, types in folders(wheel):
        type_name = TYPE_NAME.search(script)
        base = re.search(r" extends cdktn\.(Terraform\w+) \{", script)
        if not type_name or not base:
            continue
        kind = KINDS[base[1]]
        if kind != "provider" and (kind, type_name[1]) not in wanted:
            continue
        folder = Folder(script, types)
        name = next(name for name, extended in folder.bases.items() if extended == base[1])
        block = folder.block(name)
        version = re.search(r"providerVersion: '([^']+)'", script)[1]
        if kind == "provider":
            block["attributes"].pop("alias", None)  # every provider's, and so no part of the schema
            schemas[kind] = {"version": 0, "block": block}
        else:
            schemas[kind][type_name[1]] = {"version": 0, "block": block}
    return version, schemas
