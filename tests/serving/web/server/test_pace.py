"""How slow a client may be."""

from hypothesis import given
from hypothesis import strategies as st

from serving.web.server.pace import Pace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_pause_runs_out_and_bytes_give_time_back() -> None:
    clock = Clock()
    pace = Pace(rate=100, pause=10, clock=clock)
    assert pace.left == 10
    clock.now = 9
    pace.count(200)  # two seconds' worth
    assert pace.left == 3
    clock.now = 13
    assert pace.left == 0


def test_who_was_fast_may_not_stop_for_long() -> None:
    clock = Clock()
    pace = Pace(rate=100, pause=10, clock=clock)
    pace.count(1_000_000)
    assert pace.left == 10


@given(st.floats(1, 5), st.integers(20, 200))
def test_whoever_keeps_the_rate_is_never_cut_off_and_who_does_not_is(
    faster: float, seconds: int
) -> None:
    for rate, survives in ((100 * faster, True), (100 / (faster + 0.5), False)):
        clock = Clock()
        pace = Pace(rate=100, pause=5, clock=clock)
        left = []
        for _ in range(seconds):
            clock.now += 1
            left.append(pace.left)
            pace.count(int(rate))
        assert (min(left) > 0) is survives or (not survives and seconds * (1 - rate / 100) < 6)
