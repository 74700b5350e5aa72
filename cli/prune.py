"""`outpaint prune`: the disk back from what only older runs used."""

from pathlib import Path

import click

from cli import output_option


@click.command()
@output_option.output
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="So many of the last runs keep all that they made or took from the cache.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def prune(output: Path, keep: int, dry_run: bool) -> None:
    """Remove artifacts and training states that only older runs used.

    Pushed models stay, and so does the last blessed model.
    """
    database = output / "metadata" / "metadata.db"
    if not database.exists():
        raise click.ClickException(f"{database}: no metadata store there; name it with --output")
    from pipeline.local import output_folder, pruning

    try:
        with output_folder.held(output, ()):
            found = pruning.prune(output, keep, dry_run)
    except output_folder.OutputError as error:
        raise click.ClickException(str(error)) from error
    for path, size in found:
        click.echo(f"{size / 1e6:10.1f} MB  {path}")
    done = "would be removed" if dry_run else "removed"
    total = sum(size for _, size in found)
    click.echo(f"{len(found)} folders {done}, {total / 1e6:.1f} MB")
