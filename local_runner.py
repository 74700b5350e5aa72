"""Runs the pipeline on this machine: paths and orchestrator, nothing else."""

import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

import click

import settings
from models import runtime
from pipeline import beam, options
from pipeline.local import output_folder

SAMPLE_PHOTOGRAPHS = Path(__file__).resolve().parent / "data" / "sample"


@click.command(context_settings=options.CONTEXT)
@options.preset
@click.option(
    "--data",
    multiple=True,
    type=options.Files(exists=True),
    help="Folder of photographs or .tar archive; may be given several times.  "
    "[default: the sample photographs]",
)
@click.option(
    "--output",
    default="output",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for artifacts, metadata, logs and pushed models.",
)
@options.overrides("training.batch_size=16")
@options.tune
@options.beam_runner
@click.option("--verbose", is_flag=True, help="Show all logs, not only a line a component.")
def main(
    preset: str,
    data: tuple[str, ...],
    output: Path,
    overrides: tuple[str, ...],
    tune: bool,
    beam_runner: str | None,
    verbose: bool,
):
    """Learn to outpaint photographs, from folder to served-ready model.

    Components whose input, settings and code have not changed since the last run with the same
    output folder are taken from the cache. Each option may also come from the environment, as
    OUTPAINTING_PRESET and so on.
    """
    try:
        config = options.load(preset, overrides, tune, beam_runner)
        beam.check_here(config.beam)
    except settings.ConfigError as error:
        raise click.ClickException(str(error)) from error
    data = data or (str(SAMPLE_PHOTOGRAPHS),)
    output = output.resolve()
    try:
        with output_folder.held(output, data):
            run(config, data, output, verbose)
    except output_folder.OutputError as error:
        raise click.ClickException(str(error)) from error


def run(config: settings.Config, data: tuple[str, ...], output: Path, verbose: bool) -> None:
    """Runs the pipeline and prints its summary.

    Args:
        config: Every setting.
        data: Folders or .tar archives.
        output: Where everything goes.
        verbose: Whether all logs are shown.

    Raises:
        click.ClickException: If a component fails.
    """
    named = os.fsencode(", ".join(data)).decode(errors="backslashreplace")
    click.echo(f"Outpainting: preset {config.preset}, {named} -> {output}", err=True)
    from pipeline.local import console

    log_file = output / "logs" / "run.log"
    try:
        console.quieten(log_file, verbose)
    except OSError as error:
        raise output_folder.OutputError(f"cannot write to {output}: {error.strerror}") from error
    runtime.prepare_tensorflow(quiet=not verbose)
    sys.argv = sys.argv[:1]  # TFX hands what follows to Beam
    lines = console.ComponentLines()
    signal.signal(signal.SIGINT, lambda *_: _stop(output, lines.current))
    try:
        _run(config, data, output, lines)
    except Exception as error:
        where = lines.current or "set-up"
        if output_folder.is_full(error):
            raise click.ClickException(
                f"{where}: the disk of {output} is full; make room, or choose another --output"
            ) from error
        logging.exception("the run failed")
        raise click.ClickException(f"{where}: {error}\n(full log: {log_file})") from error


def _run(config: settings.Config, data: tuple[str, ...], output: Path, lines) -> None:
    import absl.logging
    from tfx.orchestration.metadata import sqlite_metadata_connection_config

    from pipeline.gate import result
    from pipeline.history import run_notes, runs
    from pipeline.local import report
    from pipeline.pipeline import Paths, create_pipeline

    absl.logging.set_verbosity(absl.logging.INFO)
    absl.logging.get_absl_logger().addHandler(lines)
    database = output / "metadata" / "metadata.db"
    _close_unfinished(output)
    paths = Paths(data, str(output / "pipeline"), str(output / "serving"))
    metadata = sqlite_metadata_connection_config(str(database))
    run_notes.RecordingRunner(config, data).run(create_pipeline(config, paths, metadata))
    if not lines.count:  # the `tfx` command compiles without running
        return
    run_record = runs.last_run(database)
    evaluation = run_record["Evaluator"].outputs["evaluation"]
    run_notes.note_figures(database, evaluation, result.load_figures(evaluation.uri))
    shown = {"pictures": output / "report" / "outpainted.png"}
    report.write_sheet(run_record, config, shown["pictures"])
    if config.evaluation.page_images:
        shown["page"] = output / "report" / "evaluation.html"
        report.write_page(run_record, config.evaluation.page_images, output / "report")
    click.echo(report.summarise(run_record, config.evaluation, output / "serving", shown))


def _stop(output: Path, component: str | None) -> None:
    """Answers Ctrl-C at once: an exception seemed to get lost once, inside the Trainer."""
    click.echo(f"\nInterrupted in {component or 'set-up'}; run again to go on.", err=True)
    with contextlib.suppress(Exception):  # the next run tidies up what this cannot
        _close_unfinished(output)
    logging.shutdown()
    os._exit(130)


def _close_unfinished(output: Path) -> None:
    from pipeline.local import interrupted_runs

    interrupted_runs.close_unfinished(output / "metadata" / "metadata.db", output / "pipeline")


if __name__ == "__main__":
    main(auto_envvar_prefix=options.ENVIRONMENT)
