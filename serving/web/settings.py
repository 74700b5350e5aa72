"""How the web server behaves: every setting, typed and bounded.

Each is a flag of `outpaint serve`, and `OUTPAINT_NAME` in the environment.
"""

import os
from pathlib import Path

import pydantic

_SAMPLE = Path(__file__).parents[2] / "data" / "sample"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class WebSettings(pydantic.BaseModel):
    """Settings of the web server. The limits of a picture are in `serving.settings`."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    host: str = pydantic.Field("127.0.0.1", description="Address to listen on.")
    port: int = pydantic.Field(8080, ge=0, le=65535, description="Port; 0 takes a free one.")
    prefix: str = pydantic.Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="Path below which a proxy shows this server, such as /outpaint.",
    )
    api_key: pydantic.SecretStr | None = pydantic.Field(
        None, description="Key that /v1 and /metrics ask for; better given in the environment."
    )
    allowed_hosts: str = pydantic.Field(
        "",
        description="Names this server answers to, by commas, or * for any; left out, any, but on "
        "a loopback address that address and localhost alone.",
    )
    allowed_origins: str = pydantic.Field(
        "",
        description="Origins whose pages may use /v1 (CORS), such as https://example.org, by "
        "commas, or * for any.",
    )
    rate_limit: str = pydantic.Field(
        "60/minute",
        description="Pictures a client may ask for, such as 10/minute; empty for any.",
    )
    max_concurrent: int = pydantic.Field(
        32, ge=1, le=256, description="Pictures worked on at once; others are told to come back."
    )
    max_per_client: int = pydantic.Field(
        0, ge=0, description="Pictures of one client at once, likewise; 0 for any."
    )
    max_megapixels_at_once: float = pydantic.Field(
        256, gt=0, description="Megapixels of inputs and results held at once, likewise."
    )
    max_uploads: int = pydantic.Field(
        256, ge=1, le=2048, description="Uploads received at once, likewise."
    )
    max_upload_megabytes: float = pydantic.Field(
        512, gt=0, description="Megabytes of uploads held at once, likewise."
    )
    max_connections: int = pydantic.Field(1000, ge=10, description="Connections held open at once.")
    header_seconds: int = pydantic.Field(
        15, ge=1, description="Seconds a client has to begin a request, and to send its head."
    )
    min_rate: float = pydantic.Field(
        8000, gt=0, description="Bytes a second at which requests and answers must move, at least."
    )
    stall_seconds: int = pydantic.Field(
        30, ge=1, description="Seconds for which they may stand still."
    )
    drain_seconds: float = pydantic.Field(
        0, ge=0, description="Seconds between 'not ready' and the last new connection, at SIGTERM."
    )
    stop_seconds: int = pydantic.Field(
        30, ge=0, description="Seconds in which what was begun may end, at SIGTERM and Ctrl-C."
    )
    access_log: bool = pydantic.Field(True, description="A line for each request.")
    decoders: int = pydantic.Field(
        max(2, min(4, os.cpu_count() or 1)),
        ge=1,
        le=64,
        description="Processes that read uploaded files.",
    )
    batch_size: int = pydantic.Field(
        16,
        ge=1,
        le=256,
        description="Canvases of 128 x 128 a call of the model; larger ones count as several.",
    )
    batch_ms: float = pydantic.Field(
        3, ge=0, le=1000, description="Milliseconds a busy server gathers canvases for."
    )
    gallery: Path | None = pydantic.Field(
        _SAMPLE if _SAMPLE.is_dir() else None, description="Folder of photographs to try."
    )
    samples: Path | None = pydantic.Field(
        None,
        description="Folder for figures of pictures whose senders agree (`outpaint data drift`); "
        "none are kept without one.",
    )
    max_samples: int = pydantic.Field(
        10_000, ge=2, description="Pictures whose figures are kept, the newest."
    )
    trusted_proxy: str = pydantic.Field(
        "",
        description="Addresses of proxies whose X-Forwarded-For is believed, by commas.",
    )

    @property
    def hosts(self) -> frozenset[str] | None:
        """The names this server answers to; None for any."""
        names = {name.strip().lower() for name in self.allowed_hosts.split(",") if name.strip()}
        if not names and self.host in _LOOPBACK:
            return frozenset(_LOOPBACK)
        return None if not names or "*" in names else frozenset(names)

    @property
    def origins(self) -> frozenset[str]:
        """The origins whose pages may use it; `*` among them for any."""
        names = (name.strip().rstrip("/").lower() for name in self.allowed_origins.split(","))
        return frozenset(name for name in names if name)

    @pydantic.field_validator("prefix", mode="before")
    @classmethod
    def _without_last_slash(cls, value: object) -> object:
        return value.rstrip("/") if isinstance(value, str) else value

    @pydantic.field_validator("rate_limit")
    @classmethod
    def _is_a_rate(cls, value: str) -> str:
        import limits

        if value:
            limits.parse_many(value)  # a ValueError says what is wrong
        return value

    @pydantic.field_validator("api_key")
    @classmethod
    def _is_a_key(cls, value: pydantic.SecretStr | None) -> pydantic.SecretStr | None:
        if value is not None and not value.get_secret_value().isascii():
            raise ValueError("a key is of ASCII characters")
        return value if value and value.get_secret_value() else None
