"""A Terraform provider that knows the real one's schema, and nothing behind it.

Terraform's own core plans with it as it does with the real one: it asks over gRPC, in plugin protocol 5, and
is sent here by TF_REATTACH_PROVIDERS. What is computed is unknown in a plan, and made up when it is applied.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import msgpack

from tests.plan import aws
from tests.plan.values import UNKNOWN, fill_computed, fill_unknown, forget_write_only, is_unknown

messages, _ = grpc.protos_and_services("tests/plan/tfplugin5.proto")
service = messages.DESCRIPTOR.services_by_name["Provider"]

NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}
ERROR = 1
# Of no value here, but core would end the process that it believes to have started.
REATTACH = {"Protocol": "grpc", "ProtocolVersion": 5, "Test": True}


def block_message(block: dict):
    message = messages.Schema.Block()
    for name, attribute in block.get("attributes", {}).items():
        message.attributes.add(**{**attribute, "name": name, "type": json.dumps(attribute["type"]).encode()})
    for name, nested in block.get("block_types", {}).items():
        message.block_types.add(
            type_name=name,
            block=block_message(nested["block"]),
            nesting=NESTING[nested["nesting_mode"]],
            min_items=nested.get("min_items", 0),
            max_items=nested.get("max_items", 0),
        )
    return message


def schemas_message(schemas: dict):
    message = messages.Schemas()
    message.provider.block.CopyFrom(block_message(schemas["provider"]["block"]))
    for kind in schemas.keys() - {"provider"}:
        for name, schema in schemas[kind].items():
            getattr(message, kind)[name].block.CopyFrom(block_message(schema["block"]))
    return message


def unpack(value):
    return msgpack.unpackb(value.msgpack) if value.msgpack else json.loads(value.json or "null")


def pack(value):
    return messages.DynamicValue(msgpack=msgpack.packb(value))


class Provider:
    """One method for each RPC of the protocol."""

    def __init__(self, schemas: dict):
        self.schemas = schemas
        self.schemas_message = schemas_message(schemas)
        self.default_tags = {}

    def block(self, kind: str, request) -> dict:
        return self.schemas[kind][request.type_name]["block"]

    def GetSchema(self, request):
        return self.schemas_message

    def PrepareProviderConfig(self, request):
        return messages.Prepared(prepared_config=request.config)

    def Configure(self, request):
        # Aliases of a provider all come here: the project gives them the same tags.
        tags = [block["tags"] or {} for block in unpack(request.config).get("default_tags") or []]
        self.default_tags = {name: value for given in tags for name, value in given.items()}
        return messages.Diagnostics()

    def ValidateResourceTypeConfig(self, request):
        return self.validate("resource_schemas", request)

    def ValidateDataSourceConfig(self, request):
        return self.validate("data_source_schemas", request)

    def ValidateEphemeralResourceConfig(self, request):
        return self.validate("ephemeral_resource_schemas", request)

    def validate(self, kind: str, request):
        found = messages.Diagnostics()
        for path, text in aws.mistakes(self.block(kind, request), unpack(request.config)):
            steps = found.diagnostics.add(severity=ERROR, summary=text).attribute.steps
            for step in path:
                steps.add(**{"element_key_int" if isinstance(step, int) else "attribute_name": step})
        return found

    def UpgradeResourceState(self, request):
        return messages.UpgradedState(upgraded_state=messages.DynamicValue(json=request.raw_state.json))

    def ReadResource(self, request):
        return messages.ReadState(new_state=request.current_state, private=request.private)

    def PlanResourceChange(self, request):
        planned, config = unpack(request.proposed_new_state), unpack(request.config)
        if planned is not None:
            block = self.block("resource_schemas", request)
            if unpack(request.prior_state) is None:  # or else core has proposed what it was before
                known = aws.PLANNED.get(request.type_name, lambda config: {})(config)
                fill_computed(block, config, planned, lambda name, attribute: known.get(name, UNKNOWN))
            forget_write_only(block, planned)
            tags = planned.get("tags")
            if "tags_all" in planned and config.get("tags_all") is None and not is_unknown(tags):
                planned["tags_all"] = {**self.default_tags, **(tags or {})}
        return messages.PlannedChange(planned_state=pack(planned), planned_private=request.prior_private)

    def ApplyResourceChange(self, request):
        planned = unpack(request.planned_state)
        if planned is not None:
            fill = aws.made_up(request.type_name, unpack(request.config))
            fill_unknown(self.block("resource_schemas", request), planned, fill)
        return messages.NewState(new_state=pack(planned), private=request.planned_private)

    def ReadDataSource(self, request):
        return messages.Data(state=self.read("data_source_schemas", request))

    def OpenEphemeralResource(self, request):
        return messages.Opened(result=self.read("ephemeral_resource_schemas", request))

    def read(self, kind: str, request):
        config = unpack(request.config)
        answer = aws.DATA.get(request.type_name, lambda config: {})(config)
        made_up = aws.made_up(request.type_name, config, number=0)
        state = dict(config)

        def fill(name: str, attribute: dict) -> object:
            return answer[name] if name in answer else made_up(name, attribute)

        block = self.block(kind, request)
        fill_computed(block, config, state, fill)
        # What can be looked up by its id has that as an argument only, and gets it by whatever it was found.
        if "id" in block["attributes"] and state["id"] is None:
            state["id"] = fill("id", block["attributes"]["id"])
        return pack(state)

    def CloseEphemeralResource(self, request):
        return messages.Nothing()

    def Stop(self, request):
        return messages.Error()


def start(provider: Provider, socket: Path) -> grpc.Server:
    """Return a running server, of the provider's methods by their names in the protocol."""

    def handler(rpc):
        answer, request_type = getattr(provider, rpc.name), getattr(messages, rpc.input_type.name)
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: answer(request).SerializeToString(), request_type.FromString
        )

    handlers = {rpc.name: handler(rpc) for rpc in service.methods}
    server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service.full_name, handlers)])
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    return server


@contextlib.contextmanager
def serving(schemas: dict[str, dict]) -> Iterator[dict[str, str]]:
    """Serve schemas, by their provider's address, and return the environment that sends Terraform here."""
    with tempfile.TemporaryDirectory(prefix="plan-") as folder, contextlib.ExitStack() as running:
        addresses = {}
        for number, (address, known) in enumerate(schemas.items()):
            socket = Path(folder) / f"{number}.sock"
            running.callback(start(Provider(known), socket).stop, None)
            place = {"Network": "unix", "String": str(socket)}
            addresses[address] = REATTACH | {"Pid": os.getpid(), "Addr": place}
        yield {"TF_REATTACH_PROVIDERS": json.dumps(addresses)}
