"""Concurrent calls share batches, and nobody gets another's pixels, error or wait."""

import gc
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.model.batching import Batcher, Options, Overloaded
from tests.patience import PATIENCE

Call = tuple[np.ndarray, np.ndarray, np.ndarray | None]


def canvases(*levels: float, sides: tuple[int, int] = (4, 4)) -> Call:
    """Canvases in one level each, which is the seed of each, too."""
    pictures = np.array(levels, np.float32)[:, None, None, None] * np.ones(
        (1, *sides, 3), np.float32
    )
    seeds = np.nan_to_num(levels).astype(np.int64)
    return pictures, np.ones((len(levels), *sides, 1), np.float32), seeds


class Model:
    """Doubles its canvases, if each has its seed, and triples them without seeds.

    Stands still while it is held, as if slow.
    """

    any_size = True

    def __init__(self) -> None:
        self.free = threading.Event()
        self.free.set()
        self.entered = threading.Semaphore(0)
        self.sizes: list[int] = []

    def predict(
        self, pictures: np.ndarray, masks: np.ndarray, seeds: np.ndarray | None
    ) -> np.ndarray:
        assert len(pictures) == len(masks)
        self.sizes.append(len(pictures))
        self.entered.release()
        self.free.wait(PATIENCE)
        if np.isnan(pictures).any():
            raise ValueError("not a number")
        if seeds is None:
            return pictures * 3
        np.testing.assert_array_equal(pictures[:, 0, 0, 0], seeds)
        return pictures * 2


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def crowd(batcher: Batcher, model: Model, calls: list[Call]) -> list[np.ndarray | Exception]:
    """Lets calls gather behind one that the model is held at."""
    model.free.clear()
    with ThreadPoolExecutor(len(calls) + 1) as pool:
        first = pool.submit(batcher.predict, *canvases(0))
        assert model.entered.acquire(timeout=PATIENCE)
        futures = []
        for call in calls:
            futures.append(pool.submit(batcher.predict, *call))
            until(lambda: batcher._waiting.qsize() == len(futures))
        model.free.set()
        first.result()
        return [future.exception() or future.result() for future in futures]


def test_those_who_wait_are_answered_by_one_call_and_each_with_its_own() -> None:
    model = Model()
    results = crowd(Batcher(model), model, [canvases(i, i + 100) for i in range(1, 6)])
    assert model.sizes == [1, 10]
    for i, result in enumerate(results, 1):
        np.testing.assert_array_equal(result, canvases(2 * i, 2 * (i + 100))[0])


def test_one_bad_canvas_fails_its_own_caller_only() -> None:
    model = Model()
    good, bad, other = crowd(Batcher(model), model, [canvases(1), canvases(np.nan), canvases(3)])
    np.testing.assert_array_equal(good, canvases(2)[0])
    np.testing.assert_array_equal(other, canvases(6)[0])
    assert isinstance(bad, ValueError)


def test_canvases_of_other_sizes_go_by_themselves() -> None:
    model = Model()
    large = canvases(1, 1, sides=(8, 8))
    one, two, three = crowd(Batcher(model), model, [canvases(1), large, canvases(3)])
    assert model.sizes == [1, 1, 2, 1]
    assert isinstance(two, np.ndarray)
    assert two.shape == (2, 8, 8, 3)
    np.testing.assert_array_equal(one, canvases(2)[0])
    np.testing.assert_array_equal(three, canvases(6)[0])


def test_means_and_draws_go_by_themselves() -> None:
    model = Model()
    calls = [canvases(1), (*canvases(2)[:2], None), (*canvases(3)[:2], None), canvases(4)]
    results = crowd(Batcher(model), model, calls)
    assert model.sizes == [1, 1, 2, 1]
    assert [float(result.max()) for result in results] == [2, 6, 9, 8]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(1, 4))
def test_no_batch_is_too_large_and_nothing_is_lost(sizes: list[int], most: int) -> None:
    model = Model()
    batcher = Batcher(model, Options(max_batch=most))
    with ThreadPoolExecutor(len(sizes)) as pool:
        calls = [canvases(*range(10 * i, 10 * i + size)) for i, size in enumerate(sizes)]
        results = list(pool.map(lambda call: batcher.predict(*call), calls))
    assert max(model.sizes, default=0) <= most
    assert sum(model.sizes) == sum(sizes)
    for (pictures, *_), result in zip(calls, results, strict=True):
        np.testing.assert_array_equal(result, pictures * 2)


def test_large_canvases_count_by_what_they_hold() -> None:
    model = Model()
    batcher = Batcher(model, Options(max_batch=4))
    assert batcher.any_size
    large = canvases(*range(5), sides=(128, 192))  # as much as two of 128 x 128
    np.testing.assert_array_equal(batcher.predict(*large), large[0] * 2)
    assert model.sizes == [2, 2, 1]
    batcher.predict(*canvases(1, 2, sides=(512, 512)))  # more than a batch each
    assert model.sizes[3:] == [1, 1]


def test_who_is_alone_does_not_wait() -> None:
    batcher = Batcher(Model(), Options(wait_ms=60_000))
    for _ in range(3):
        batcher.predict(*canvases(1))


def test_a_full_queue_refuses() -> None:
    model = Model()
    results = crowd(Batcher(model, Options(max_waiting=2)), model, [canvases(1), canvases(2)])
    assert all(isinstance(result, np.ndarray) for result in results)
    batcher = Batcher(model, Options(max_waiting=1, max_batch=1))
    model.free.clear()
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(batcher.predict, *canvases(1))]
        until(lambda: len(model.sizes) == 3)
        waiting.append(pool.submit(batcher.predict, *canvases(2)))
        until(batcher._waiting.full)
        with pytest.raises(Overloaded, match="waiting for the model"):
            batcher.predict(*canvases(3))
        model.free.set()
        assert [float(future.result().max()) for future in waiting] == [2, 4]


def test_batches_are_observed() -> None:
    seen: list[int] = []
    Batcher(Model(), Options(max_batch=4, observe=seen.append)).predict(*canvases(*range(6)))
    assert seen == [4, 2]


def test_the_thread_ends_when_nobody_holds_the_batcher() -> None:
    before = set(threading.enumerate())
    predict = Batcher(Model()).predict
    predict(*canvases(1))
    (thread,) = set(threading.enumerate()) - before
    gc.collect()
    predict(*canvases(1))  # the method holds it
    assert thread.is_alive()
    del predict
    gc.collect()
    until(lambda: not thread.is_alive())
