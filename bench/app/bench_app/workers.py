from uvicorn_worker import UvicornWorker


class Plain(UvicornWorker):
    CONFIG_KWARGS = UvicornWorker.CONFIG_KWARGS | {"loop": "uvloop", "http": "httptools", "lifespan": "off"}


class WithoutDeflate(Plain):
    CONFIG_KWARGS = Plain.CONFIG_KWARGS | {"ws_per_message_deflate": False}
