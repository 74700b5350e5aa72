"""Trains on the arrays, by any backend of Keras and without TensorFlow.

    KERAS_BACKEND=jax python -m models.training.arrays.train ARRAYS --state STATE --output WEIGHTS

needs Keras, NumPy, click, pydantic and PyYAML, and this project's folders `models` and `settings`.
STATE holds the whole training, which goes on from there when it was cut short. WEIGHTS is then what
`model.start` names where the pipeline runs.
"""

from pathlib import Path

import click

from settings import loading

_POLICIES = {"auto": "float32", "float32": "float32", "bfloat16": "mixed_bfloat16"}


@click.command()
@click.argument("arrays", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--state", required=True, help="A folder for checkpoints.")
@click.option("--output", required=True, help="A folder for the weights at the end.")
@click.option("--preset", default="adversarial", show_default=True)
@click.option("--set", "overrides", multiple=True, metavar="SETTING=VALUE")
def main(arrays: Path, state: str, output: str, preset: str, overrides: tuple[str, ...]) -> None:
    """Train on ARRAYS, as `models.training.arrays.pack` made them."""
    config = loading.load(preset, overrides)
    settings = config.training
    import keras

    from models.networks import build
    from models.training import loop, weights
    from models.training.arrays import packed
    from models.training.checkpoints import Checkpoints
    from models.training.watch import health
    from models.training.watch.progress import Progress

    def monitor(span, generator):
        return [health.Health(span.phase, lambda text, step: click.echo(text)), Progress(span)]

    try:
        feed = packed.ArrayFeed(arrays, settings.batch_size, settings.seed)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    checkpoints = Checkpoints(state)
    precision = checkpoints.precision() or settings.precision
    keras.config.set_dtype_policy(_POLICIES[precision])
    both = build.build_networks(config.model, settings.seed)
    weights.load_generator(both.generator, str(arrays / packed.START))
    weights.load_judge(both.discriminator, str(arrays / packed.START))
    loop.train(both, feed, settings, checkpoints, monitor)
    weights.save_generator(both.generator, output)
    weights.save_judge(both.discriminator, output)


if __name__ == "__main__":
    main()
