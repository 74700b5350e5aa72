"""`outpaint serve`: the web page and the REST interface."""

import logging
import signal
import types
import typing
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pydantic

from serving.settings import Settings
from serving.web.settings import WebSettings

_RELOAD_SECONDS = 10
_LIMITS = ("max_bytes", "max_pixels", "max_side", "max_output_pixels")


def _options(
    model: type[pydantic.BaseModel], names: typing.Iterable[str]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a flag of each setting, which the environment may give instead."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for name in reversed(list(names)):
            field = model.model_fields[name]
            description = (field.description or "").rstrip(".")
            flag = f"--{name.replace('_', '-')}"
            option = click.option(
                f"{flag}/--no-{flag[2:]}" if field.annotation is bool else flag,
                default=None if name == "api_key" else field.default,
                envvar=f"OUTPAINT_{name.upper()}",
                help=f"{description[:1].upper()}{description[1:]}.",
                show_default=name != "gallery",
                show_envvar=True,
                type=_type_of(field.annotation),
            )
            command = option(command)
        return command

    return decorate


def _type_of(annotation: Any) -> Any:
    if isinstance(annotation, types.UnionType):
        annotation = typing.get_args(annotation)[0]
    if annotation is Path:
        return click.Path(exists=True, file_okay=False, path_type=Path)
    return str if annotation is pydantic.SecretStr else annotation


@click.command()
@click.option(
    "--model",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="OUTPAINT_MODEL",
    show_envvar=True,
    help="A serving folder, of which the newest version serves, or a SavedModel; "
    "left out, the one that comes with the package.",
)
@_options(WebSettings, WebSettings.model_fields)
@_options(Settings, _LIMITS)
def serve(model: Path | None, **given: Any) -> None:
    """Serve the web page and the REST interface.

    A newer version pushed to the serving folder takes over within ten seconds. Ctrl-C and SIGTERM
    let what was begun end; a second one does not wait for it.
    """
    limits_given = {name: given.pop(name) for name in _LIMITS}
    try:
        web, limits = WebSettings(**given), Settings(**limits_given)
    except pydantic.ValidationError as error:
        raise click.UsageError("; ".join(map(_told, error.errors()))) from error
    _run(model, web, limits)


def _told(error: Any) -> str:
    return f"--{'-'.join(map(str, error['loc'])).replace('_', '-')}: {error['msg']}"


def _run(model: Path | None, web: WebSettings, limits: Settings) -> None:
    from serving.errors import NoModel
    from serving.model.saved_model import PRETRAINED
    from serving.web.app import ADMISSION, DECODERS, OUTPAINTER, create_app
    from serving.web.operations.model_reload import Watcher
    from serving.web.server import listening

    warnings.simplefilter("ignore")  # Google's clients, on Python 3.10
    _log(web)
    listening.steady_memory()
    click.echo("Loading the model", err=True)
    try:
        app = create_app(model or PRETRAINED, web, limits)
        server = listening.listen(app, web)
    except NoModel as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"cannot listen on {web.host}:{web.port}: {error.strerror}; choose another --port"
        ) from error
    outpainter, admission = app.extensions[OUTPAINTER], app.extensions[ADMISSION]
    drain = listening.Drain(server, admission.drain, web.drain_seconds)
    signal.signal(signal.SIGTERM, drain)
    signal.signal(signal.SIGINT, lambda *_: drain.at_once())
    click.echo(f"Outpainting, model {outpainter.version}: {server.url}")
    with Watcher(outpainter, _RELOAD_SECONDS), app.extensions[DECODERS] as decoders:
        decoders.warm()
        server.run()
    click.echo("Stopped", err=True)


def _log(web: WebSettings) -> None:
    from serving.web.server import access

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if web.access_log:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        access.LOG.addHandler(handler)
        access.LOG.setLevel(logging.INFO)
        access.LOG.propagate = False
