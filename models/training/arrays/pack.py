"""Makes the arrays, where TensorFlow is.

    python -m models.training.arrays.pack EXAMPLES FOLDER

EXAMPLES is a split that ImageExampleGen wrote, such as
output/pipeline/ImageExampleGen/examples/1/Split-train. Each piece stays below 40 MiB.
"""

import functools
from pathlib import Path

import click

from models import runtime
from settings import loading

_PIECE = 800  # photographs
_MASKS = 4096
_TOGETHER = 100


@click.command()
@click.argument("examples", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--preset", default="adversarial", show_default=True)
@click.option("--set", "overrides", multiple=True, metavar="SETTING=VALUE")
def main(examples: Path, folder: Path, preset: str, overrides: tuple[str, ...]) -> None:
    """Pack the photographs of EXAMPLES, masks and the weights to start from into FOLDER."""
    config = loading.load(preset, overrides)
    runtime.prepare_tensorflow()
    import tensorflow as tf

    from models.images import masking, preprocessing, tfrecords
    from models.networks import build
    from models.training import warm_start, weights
    from models.training.arrays import packed

    folder.mkdir(parents=True, exist_ok=True)
    border = masking.Border(*config.mask.border)
    transform = functools.partial(
        preprocessing.preprocessing_fn,
        custom_config={"border": list(config.mask.border), "crop": config.training.crop},
    )
    records = tfrecords.records(tfrecords.matching([str(examples / "*")]))
    pieces = records.batch(_TOGETHER).map(functools.partial(_decoded, transform)).unbatch()
    number = images = 0
    for piece in pieces.batch(_PIECE).as_numpy_iterator():
        packed.write_photographs(folder, number, piece)
        number, images = number + 1, images + len(piece)
    seed = tf.constant([config.training.seed, 0], tf.int64)
    packed.write_masks(folder, masking.random_masks(border, seed, _MASKS).numpy())
    both = build.build_networks(config.model, config.training.seed)
    if config.model.start:
        warm_start.load_weights(both.generator, config.model.start)
        weights.load_judge(both.discriminator, warm_start.saved_model(config.model.start))
    weights.save_generator(both.generator, str(folder / packed.START))
    weights.save_judge(both.discriminator, str(folder / packed.START))
    click.echo(f"{folder}: {images} photographs in {number} pieces, {_MASKS} masks, weights")


def _decoded(transform, records):
    import tensorflow as tf

    from models import features
    from models.images import tfrecords

    pictures = tfrecords.decode(records, transform, features.TARGET)
    return tf.cast(tf.round(pictures * 255), tf.uint8)


if __name__ == "__main__":
    main()
