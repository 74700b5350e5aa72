"""Which model a subcommand uses."""

from pathlib import Path

import click

# The model that ships with the project: a folder of versions.
SHIPPED = Path(__file__).parents[1] / "models" / "pretrained"

model_option = click.option(
    "--model",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A SavedModel, or a serving folder, of which the newest version is taken.  "
    "[default: the model that ships with the project]",
)


def newest_version(folder: Path | None) -> Path:
    """Finds the SavedModel to take.

    Args:
        folder: A SavedModel, or a folder of versions named by numbers; None for the model that
            ships with the project.

    Returns:
        The folder itself, or that of the highest number.

    Raises:
        click.ClickException: If it is neither.
    """
    if folder is None:
        if not SHIPPED.is_dir():
            raise click.ClickException(f"no model ships here, in {SHIPPED}; name one by --model")
        folder = SHIPPED
    if (folder / "saved_model.pb").exists():
        return folder
    versions = [path for path in folder.iterdir() if path.name.isdigit() and path.is_dir()]
    if not versions:
        raise click.ClickException(
            f"{folder}: neither a SavedModel nor a folder of versions; run the pipeline first"
        )
    return max(versions, key=lambda path: int(path.name))
