"""What may be asked for, as strings, and what is answered to what may not."""

import pytest

from serving.errors import BadRequest
from serving.request import MAX_SEED, Request


def parse(**fields: object) -> Request:
    return Request.parse({name.replace("_", "-"): value for name, value in fields.items()})


def test_every_field_is_read_from_a_string() -> None:
    request = Request.parse(
        {"mode": "zoom-out", "left": " 120px ", "right": "50%", "top": "12.5 %", "bottom": "7",
         "ratio": "2.39:1", "anchor": "top-left", "steps": "3", "blend": "poisson"}
    )  # fmt: skip
    assert request.mode == "zoom-out"
    assert request.lengths == {"left": "120px", "right": "50%", "top": "12.5 %", "bottom": "7"}
    assert (request.ratio, request.anchor, request.steps) == ("2.39:1", "top-left", 3)
    assert request.blend == "poisson"


def test_json_numbers_are_read_too_and_empty_fields_are_left_out() -> None:
    assert parse(right=120, steps=3, mode="zoom-out", left="", ratio=None) == parse(
        right="120", steps="3", mode="zoom-out"
    )


@pytest.mark.parametrize(
    ("fields", "painted", "mode"),
    [
        ({}, False, "extend"),
        ({}, True, "restore"),
        ({"blend": "none"}, True, "restore"),
        ({"right": "5"}, False, "extend"),
        ({"right": "5"}, True, "extend"),
        ({"ratio": "16:9"}, False, "extend"),
        ({"size": "9x9"}, False, "extend"),
        ({"steps": "2"}, False, "zoom-out"),
        ({"steps": "2", "right": "5"}, False, "zoom-out"),
        ({"side": "top"}, False, "panorama"),
        ({"side": "top", "steps": "2"}, False, "panorama"),
        ({"mode": "restore"}, False, "restore"),
        ({"mode": "extend"}, True, "extend"),
    ],
)
def test_mode_follows_from_what_is_given(fields: dict, painted: bool, mode: str) -> None:
    assert parse(**fields).mode_for(painted) == mode


@pytest.mark.parametrize(
    ("fields", "towards"),
    [
        ({"side": "top"}, "top"),
        ({"mode": "panorama", "left": "5"}, "left"),
        ({"mode": "panorama"}, "right"),
    ],
)
def test_panorama_grows_where_it_is_told(fields: dict, towards: str) -> None:
    assert parse(**fields).towards == towards


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"right": "abc"}, "right: 'abc' is not pixels, such as 120 or 120px, or percent"),
        ({"right": "-5"}, "right: '-5' is not pixels"),
        ({"right": "5e9"}, "right: '5e9' is not pixels"),
        ({"right": "٣"}, "right: '٣' is not pixels"),
        ({"right": "5\n"}, None),
        ({"right": "99999%"}, "is not pixels"),
        ({"right": [5]}, "right: '[5]' is not pixels"),
        ({"ratio": "wide"}, "ratio: 'wide' is not width to height, such as 16:9"),
        ({"ratio": "0:9"}, "ratio: a ratio of 0 is none"),
        ({"size": "1920"}, "size: '1920' is not width x height in pixels"),
        ({"size": "0x10"}, "size: '0x10' is not"),
        ({"steps": "11"}, "steps: '11' is not a whole number from 1 to 10"),
        ({"steps": "0"}, "steps: '0' is not"),
        ({"steps": "two"}, "steps: 'two' is not"),
        ({"mode": "shrink"}, "mode: 'shrink' is not one of 'restore', 'extend'"),
        ({"anchor": "middle"}, "anchor: 'middle' is not one of 'top-left'"),
        ({"blend": "glue"}, "blend: 'glue' is not one of 'feather', 'poisson' or 'none'"),
        ({"colour": "red"}, "colour: no such setting; there are mode, left, right"),
        ({"size": "9x9", "ratio": "1:1"}, "size stands alone"),
        ({"size": "9x9", "left": "1"}, "size stands alone"),
        ({"anchor": "top", "left": "5"}, "anchor goes with ratio or size"),
        ({"mode": "restore", "ratio": "1:1"}, "ratio does not go with restore, which takes left"),
        ({"mode": "extend", "steps": "2"}, "steps does not go with extend"),
        ({"mode": "zoom-out", "size": "9x9"}, "size does not go with zoom-out"),
        ({"mode": "zoom-out", "side": "top"}, "side does not go with zoom-out"),
        ({"side": "top", "ratio": "1:1"}, "ratio does not go with panorama"),
        ({"side": "top", "left": "5"}, "a panorama grows to one side; leave out left"),
    ],
)
def test_what_is_impossible_is_told_with_what_is_allowed(fields: dict, said: str | None) -> None:
    if said is None:  # blanks around a value are taken away
        assert parse(**fields).lengths == {"right": "5"}
        return
    with pytest.raises(BadRequest) as error:
        parse(**fields)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_several_faults_are_told_at_once() -> None:
    with pytest.raises(BadRequest, match=r"left: 'a' is not .*; right: 'b' is not "):
        parse(left="a", right="b")


def test_long_nonsense_is_not_repeated_whole() -> None:
    with pytest.raises(BadRequest) as error:
        parse(right="9" * 100_000)
    assert len(str(error.value)) < 200


def test_variants_are_requests_with_seeds_of_their_own() -> None:
    request = Request.parse({"ratio": "16:9", "seed": "5", "variants": "3", "synthesis": "none"})
    each = request.each_variant()
    assert [variant.seed for variant in each] == [5, 6, 7]
    assert {variant.ratio for variant in each} == {"16:9"}
    assert [variant.seed for variant in Request().each_variant()] == [0]
    last = Request(seed=MAX_SEED, variants=2).each_variant()
    assert [variant.seed for variant in last] == [MAX_SEED, 0]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"seed": "-1"}, "seed: '-1' is not a whole number from 0 to 2147483647"),
        ({"variants": "9"}, "variants: '9' is not a whole number from 1 to 8"),
        ({"synthesis": "magic"}, "synthesis: 'magic' is not one of 'exemplar' or 'none'"),
    ],
)
def test_how_it_is_made_is_checked(fields: dict, told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        Request.parse(fields)


def test_how_it_is_made_goes_with_every_mode_and_implies_none() -> None:
    how = {"seed": "1", "variants": "2", "synthesis": "none", "blend": "none"}
    for mode in ("restore", "extend", "zoom-out", "panorama"):
        assert Request.parse(how | {"mode": mode}).mode_for(False) == mode
    assert Request.parse(how).mode_for(painted=True) == "restore"
