import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

import settings
from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "local_runner.py"), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE)


def test_help_names_presets_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, runpy; sys.argv = ['local_runner.py', '--help']\n"
        "try: runpy.run_path('local_runner.py', run_name='__main__')\n"
        "except SystemExit as exit: assert exit.code == 0\n"
        "heavy = {'tensorflow', 'tfx', 'keras', 'apache_beam', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Lines may end within a name, at its hyphen.
    assert ",".join(settings.presets()) in "".join(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "no-such-folder"], "no-such-folder"),
        (["--preset", "no-such-preset"], "there are adversarial, kind, places365"),
        (["--set", "training.batchsize=3"], "training.batchsize: no such setting"),
        (["--set", "training.batch_size=-3"], "training.batch_size"),
        (["--beam-runner", "flink"], "beam.endpoint: name the job server of flink"),
        (
            [
                "--beam-runner",
                "spark",
                "--set",
                "beam.endpoint=x.invalid:1",
                "--set",
                "beam.pool=y:1",
            ],
            "beam.endpoint: x.invalid:1 does not answer",
        ),
        (["--beam-runner", "dataflow"], "beam.runner: Dataflow's workers cannot read"),
    ],
)
def test_wrong_use_is_one_clear_error_and_leaves_nothing(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    done = run(*arguments, "--output", str(tmp_path / "out"))
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / ".lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = run("--output", str(tmp_path))
    assert done.returncode == 1
    assert "another run is using" in done.stderr


def test_an_output_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("--output", str(tmp_path / "file" / "folder"))
    assert done.returncode == 1
    assert "cannot write to" in done.stderr
    assert "Traceback" not in done.stderr
