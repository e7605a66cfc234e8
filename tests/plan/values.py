"""Values as a provider and core exchange them: plain Python, with a mark for what isn't known yet."""

from collections.abc import Callable, Iterator

import msgpack

UNKNOWN = msgpack.ExtType(0, b"\0")
Fill = Callable[[str, dict], object]  # of an attribute's name and schema


def is_unknown(value: object) -> bool:
    return isinstance(value, msgpack.ExtType)


def objects(nested: dict, value: object) -> list[dict]:
    """Return the objects in a nested block's value, whatever its nesting."""
    if value is None or is_unknown(value):
        return []
    if nested["nesting_mode"] == "single":
        return [value]
    return list(value.values() if isinstance(value, dict) else value)


def fill_computed(block: dict, config: dict, planned: dict, fill: Fill) -> None:
    """Give each computed attribute that the configuration leaves open what `fill` says, in place."""
    for name, attribute in block.get("attributes", {}).items():
        if attribute.get("computed") and config.get(name) is None:
            planned[name] = fill(name, attribute)
    for name, nested in block.get("block_types", {}).items():
        pairs = zip(objects(nested, config.get(name)), objects(nested, planned.get(name)), strict=False)
        for configured, proposed in pairs:
            fill_computed(nested["block"], configured, proposed, fill)


def forget_write_only(block: dict, value: dict) -> None:
    for name, attribute in block.get("attributes", {}).items():
        if attribute.get("write_only"):
            value[name] = None
    for name, nested in block.get("block_types", {}).items():
        for child in objects(nested, value.get(name)):
            forget_write_only(nested["block"], child)


def fill_unknown(block: dict, value: dict, fill: Fill) -> None:
    """Give each attribute that is unknown what `fill` says, in place."""
    for name, attribute in block.get("attributes", {}).items():
        value[name] = known(name, attribute["type"], value.get(name), fill)
    for name, nested in block.get("block_types", {}).items():
        for child in objects(nested, value.get(name)):
            fill_unknown(nested["block"], child, fill)


def known(name: str, kind: str | list, value: object, fill: Fill) -> object:
    if is_unknown(value):
        return fill(name, {"type": kind})
    if isinstance(kind, list) and isinstance(value, list):
        return [known(name, kind[1], item, fill) for item in value]
    if isinstance(kind, list) and isinstance(value, dict):
        of = kind[1] if kind[0] == "object" else dict.fromkeys(value, kind[1])
        return {key: known(key, of[key], item, fill) for key, item in value.items()}
    return value


def settings(block: dict, config: dict, path: tuple = ()) -> Iterator[tuple[tuple, dict, object]]:
    """Return (path, attribute, value) of all that a configuration sets, nested blocks included."""
    for name, attribute in block.get("attributes", {}).items():
        if config.get(name) is not None:
            yield (*path, name), attribute, config[name]
    for name, nested in block.get("block_types", {}).items():
        for number, child in enumerate(objects(nested, config.get(name))):
            step = (number,) if nested["nesting_mode"] == "list" else ()
            yield from settings(nested["block"], child, (*path, name, *step))
