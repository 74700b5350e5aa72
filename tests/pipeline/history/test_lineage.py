import io
from pathlib import Path

from ml_metadata.proto import metadata_store_pb2
from rich.console import Console

from pipeline.history import lineage, lineage_tree, runs
from tests.pipeline.stores import Writer


def product(output: Path, number: int, name: str, key: str) -> lineage.Ancestor:
    store = runs.open_store(output / "metadata" / "metadata.db", read_only=True)
    run = next(run for run in runs.read_runs(store) if run.number == number)
    return lineage.trace(store, run.nodes[name].outputs[key])


def drawn(ancestor: lineage.Ancestor) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=300).print(lineage_tree.draw(ancestor))
    return stream.getvalue().splitlines()


def test_a_pushed_model_is_followed_to_its_photographs(history: Path) -> None:
    pushed = product(history, 1, "Pusher", "pushed_model")
    model, verdict = pushed.inputs
    assert (pushed.component, model.component, verdict.component) == (
        "Pusher",
        "Trainer",
        "Evaluator",
    )
    assert [source.key for source in model.inputs] == ["examples", "schema", "transform_graph"]
    assert model.inputs[0].inputs == []
    # Each is followed once.
    assert [source.told for source in verdict.inputs] == [True, True]
    assert [source.told for source in model.inputs] == [False, False, False]
    assert [source.told for source in model.inputs[2].inputs] == [True, True]


def test_a_model_is_of_the_run_that_trained_it_not_of_those_that_took_it_from_the_cache(
    history: Path,
) -> None:
    verdict = product(history, 2, "Evaluator", "blessing")
    model = next(source for source in verdict.inputs if source.artifact.type == "Model")
    assert verdict.run is not None
    assert model.run is not None
    assert (verdict.run.number, model.run.number) == (2, 1)


def test_the_tree_tells_data_rejects_settings_and_code(history: Path) -> None:
    lines = drawn(product(history, 1, "Pusher", "pushed_model"))
    text = "\n".join(lines)
    assert lines[0].startswith("pushed model")
    assert "/o/serving/1790000001" in lines[1]
    assert text.count("photographs") == 1
    assert (
        "photographs /photos/holiday, /photos/val.tar: 8 train, 3 eval; "
        "rejected: 2 corrupt, 1 empty"
    ) in text
    assert "settings preset smoke, training.batch_size=6" in text
    assert "training.seed" not in text  # at its default
    assert "hidden left, right, top, bottom: [32, 32, 0, 0] pixels" in text
    assert "verdict" in text
    assert "blessed" in text
    depth = {
        line.lstrip("│├└─ ").split()[0]: len(line) - len(line.lstrip("│├└─ ")) for line in lines
    }
    assert depth["pushed"] < depth["model"] < depth["photographs"]
    for code in ("aaaa1111aaaa1111", "bbbb2222bbbb2222", "cccc3333cccc3333"):
        assert text.count(f"code {code}") == 1


def test_json_has_the_same_shape(history: Path) -> None:
    tree = lineage.as_json(product(history, 1, "Pusher", "pushed_model"))
    model, verdict = tree["inputs"]
    assert (tree["type"], tree["run"], tree["component"]) == ("PushedModel", 1, "Pusher")
    assert [source["type"] for source in model["inputs"]] == [
        "Examples",
        "Schema",
        "TransformGraph",
    ]
    assert [source["inputs"] for source in verdict["inputs"]] == [[], []]


def test_the_model_that_was_compared_with_is_named_and_not_followed(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    run = writer.run()
    old, new = (writer.artifact("Model", f"/o/model/{n}") for n in (1, 2))
    examples = writer.artifact("Examples", "/o/examples")
    writer.execute(run, "Trainer", inputs={"examples": examples}, outputs={"model": old})
    verdict = writer.artifact("ModelBlessing", "/o/blessing", {"blessed": 0})
    used = {"model": new, "baseline_model": old}
    writer.execute(run, "Evaluator", inputs=used, outputs={"blessing": verdict})
    traced = product(tmp_path, 1, "Evaluator", "blessing")
    by_key = {source.key: source for source in traced.inputs}
    assert by_key["baseline_model"].inputs == []
    assert f"model {old}, compared with" in "\n".join(drawn(traced))
    # Nothing is known of where the new one came from.
    assert by_key["model"].maker is None
    assert any("/o/model/2" in line for line in drawn(traced))


def test_what_was_only_ever_taken_from_a_cache_still_has_a_maker(tmp_path: Path) -> None:
    writer, state = Writer(tmp_path), metadata_store_pb2.Execution.CACHED
    examples = writer.artifact("Examples", "/o/examples")
    writer.execute(
        writer.run(), "ImageExampleGen", state, {}, {"examples": examples}, {"data": '["/p"]'}
    )
    traced = product(tmp_path, 1, "ImageExampleGen", "examples")
    assert traced.component == "ImageExampleGen"
    assert drawn(traced)[-1].endswith("photographs /p")
