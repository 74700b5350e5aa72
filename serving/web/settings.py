"""How the web server behaves: every setting, typed and bounded.

Each is a flag of `outpaint serve`, and `OUTPAINT_NAME` in the environment.
"""

from pathlib import Path

import pydantic

_SAMPLE = Path(__file__).parents[2] / "data" / "sample"


class WebSettings(pydantic.BaseModel):
    """Settings of the web server. The limits of a picture are in `serving.settings`."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    host: str = pydantic.Field("127.0.0.1", description="Address to listen on.")
    port: int = pydantic.Field(8080, ge=0, le=65535, description="Port; 0 takes a free one.")
    api_key: pydantic.SecretStr | None = pydantic.Field(
        None, description="Key that /v1 and /metrics ask for; better given in the environment."
    )
    rate_limit: str = pydantic.Field(
        "60/minute", description="Pictures a client may ask for, such as 10/minute; empty for any."
    )
    max_concurrent: int = pydantic.Field(
        32, ge=1, le=256, description="Pictures worked on at once; others are told to come back."
    )
    max_megapixels_at_once: float = pydantic.Field(
        128, gt=0, description="Megapixels of results worked on at once, likewise."
    )
    max_connections: int = pydantic.Field(200, ge=10, description="Connections held open at once.")
    request_seconds: int = pydantic.Field(
        30, ge=1, description="Seconds a client has to send a request, or to read its answer."
    )
    batch_size: int = pydantic.Field(16, ge=1, le=256, description="Canvases a call of the model.")
    batch_ms: float = pydantic.Field(
        3, ge=0, le=1000, description="Milliseconds a busy server gathers canvases for."
    )
    gallery: Path | None = pydantic.Field(
        _SAMPLE if _SAMPLE.is_dir() else None, description="Folder of photographs to try."
    )
    trusted_proxy: str = pydantic.Field(
        "", description="Address of a proxy whose X-Forwarded-For is believed."
    )

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
