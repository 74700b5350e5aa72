"""What ingestion is held against: the codec alone, and how people write such sets otherwise.

Both writers follow the tools that they are named for in what they do to each image and in how they
use the machine; they check less than ours does.
"""

import hashlib
import io
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

SIDE = 256  # greatest short side kept, pixels
QUALITY = 95
_REDUCED = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
_REDUCED[8] = cv2.IMREAD_REDUCED_COLOR_8


class Cost(NamedTuple):
    """What it took."""

    wall: float  # seconds
    cpu: float  # seconds, of all processes


def codec(files: Sequence[Path], threads: int) -> Cost:
    """Decodes with libjpeg-turbo, scaled where that is enough, and encodes what was made smaller.

    Args:
        files: JPEGs; they are read before the clock starts.
        threads: Side by side.

    Returns:
        The cost of the codec's calls alone; the wall time is that of all.
    """
    cv2.setNumThreads(1)
    images = [file.read_bytes() for file in files]
    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        cpu = sum(pool.map(_codec_seconds, images))
    return Cost(time.monotonic() - started, cpu)


def _codec_seconds(data: bytes) -> float:
    width, height = _size(data)
    times = max((n for n in (1, 2, 4, 8) if min(width, height) // n >= SIDE), default=1)
    started = time.thread_time()
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), _REDUCED.get(times, cv2.IMREAD_COLOR))
    spent = time.thread_time() - started
    if min(width, height) > SIDE:
        small = _shrunk(pixels)
        started = time.thread_time()
        cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        spent += time.thread_time() - started
    return spent


def _size(data: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as image:
        return image.size


def _shrunk(pixels: np.ndarray) -> np.ndarray:
    scale = SIDE / min(pixels.shape[:2])
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def tfds_style(files: Sequence[Path], output: Path) -> int:
    """Writes as TensorFlow Datasets' builders do: one process, Pillow, shuffled by a hash.

    Args:
        files: JPEGs.
        output: The folder of the shards.

    Returns:
        How many were written.
    """
    import tensorflow as tf
    from PIL import Image

    buckets: list[list[tuple[str, bytes]]] = [[] for _ in range(4)]
    for file in files:
        data = file.read_bytes()
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            if min(image.size) > SIDE:
                scale = SIDE / min(image.size)
                small = image.convert("RGB").resize((round(width * scale), round(height * scale)))
                out = io.BytesIO()
                small.save(out, "JPEG", quality=QUALITY)
                data = out.getvalue()
            else:
                image.load()
        key = hashlib.md5(file.name.encode()).hexdigest()
        buckets[int(key, 16) % len(buckets)].append((key, _example(data, file, width, height)))
    for number, bucket in enumerate(buckets):
        with tf.io.TFRecordWriter(str(output / f"{number:05d}")) as writer:
            for _, record in sorted(bucket):
                writer.write(record)
    return len(files)


def img2dataset_style(files: Sequence[Path], output: Path, workers: int) -> Cost:
    """Writes as img2dataset does: a pool of processes, OpenCV, a shard a task.

    Args:
        files: JPEGs.
        output: The folder of the shards.
        workers: Processes.

    Returns:
        The cost from when all processes have started, whose start would outweigh a small set.
    """
    size = -(-len(files) // (4 * workers))
    tasks = [(files[at : at + size], output / f"{at:08d}") for at in range(0, len(files), size)]
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(workers, _warm, [spawn.Barrier(workers)]) as pool:
        parts = pool.starmap(_write_part, tasks, chunksize=1)
    starts, ends, cpu = zip(*parts, strict=True)
    return Cost(max(ends) - min(starts), sum(cpu))


def _warm(all_started: Barrier) -> None:
    import tensorflow  # noqa: F401

    cv2.setNumThreads(1)
    all_started.wait()


def _write_part(files: Sequence[Path], output: Path) -> tuple[float, float, float]:
    """Tells when it began and ended, by the machine's one clock, and its CPU seconds."""
    import tensorflow as tf

    started, before = time.monotonic(), time.process_time()
    with tf.io.TFRecordWriter(str(output)) as writer, ThreadPoolExecutor(4) as readers:
        for file, data in zip(files, readers.map(Path.read_bytes, files), strict=True):
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            height, width = pixels.shape[:2]
            if min(width, height) > SIDE:
                quality = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
                data = cv2.imencode(".jpg", _shrunk(pixels), quality)[1].tobytes()
            writer.write(_example(data, file, width, height))
    return started, time.monotonic(), time.process_time() - before


def _example(data: bytes, file: Path, width: int, height: int) -> bytes:
    import tensorflow as tf

    def raw(value: bytes) -> tf.train.Feature:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    def number(value: int) -> tf.train.Feature:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    feature = {"image": raw(data), "path": raw(str(file).encode())}
    feature |= {"width": number(width), "height": number(height)}
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()
