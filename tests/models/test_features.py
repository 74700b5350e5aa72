"""The vocabulary."""

from models import features


def test_metric_keys_name_the_metric_and_the_fill() -> None:
    assert features.metric_key("mse") == "mse"
    assert features.metric_key("psnr", "mean_fill") == "mean_fill_psnr"


def test_metric_keys_are_all_different() -> None:
    keys = [features.metric_key(m, f) for f in ("", *features.FILLS) for m in features.METRICS]
    keys += [features.metric_key(m, f) for f in ("", features.REAL) for m in features.GRADIENTS]
    assert len(keys) == len(set(keys)) == 24
