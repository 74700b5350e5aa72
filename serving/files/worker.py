"""The process that reads a stranger's file: started by `isolation`, ended by it or by a limit.

It is asked by a line of JSON on standard input, with the file's bytes behind it, and answers with
a line of JSON on standard output, with pixels behind it. It can write no file.
"""

import contextlib
import json
import os
import resource
import signal
import sys
import warnings
from typing import Any, BinaryIO

from serving.errors import ServingError
from serving.files import decoding
from serving.files.decoding import Picture
from serving.output import Reading
from serving.settings import Settings

_PAGE = resource.getpagesize()


def main() -> None:
    """Answers until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks
    warnings.simplefilter("ignore")  # Pillow's, of odd metadata
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    asked, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    while line := asked.readline():
        job = json.loads(line)
        data = asked.read(job["bytes"])
        _limit(job["cpu_seconds"], job["memory"])
        head, buffers = _answer(job, data)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
        _send(answers, head, buffers)


def _limit(cpu_seconds: float, memory: int) -> None:
    """Bounds the next job: beyond its seconds the kernel ends this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime + cpu_seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, hard))
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * _PAGE
    resource.setrlimit(resource.RLIMIT_AS, (now + memory, resource.RLIM_INFINITY))


def _answer(job: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[Any]]:
    try:
        settings = Settings(**job["settings"])
        if job["kind"] == "size":
            return {"size": decoding.size(data, settings)}, []
        if job["kind"] == "mask":
            mask = decoding.decode_mask(data, settings)
            return {"shape": mask.shape, "buffers": [mask.nbytes]}, [mask]
        return _of_picture(decoding.decode(data, settings, Reading(**job["reading"])))
    except ServingError as error:
        return {"error": type(error).__name__, "message": str(error)}, []
    except MemoryError:
        return {"error": "memory"}, []


def _of_picture(picture: Picture) -> tuple[dict[str, Any], list[Any]]:
    buffers: list[Any] = [picture.pixels, picture.exif, picture.profile]
    if picture.area is not None:
        buffers.append(picture.area)
    sizes = [memoryview(buffer).nbytes for buffer in buffers]
    head = {"shape": picture.pixels.shape, "notes": picture.notes, "dpi": picture.dpi}
    return {**head, "buffers": sizes}, buffers


def _send(answers: BinaryIO, head: dict[str, Any], buffers: list[Any]) -> None:
    with contextlib.suppress(BrokenPipeError):
        answers.write(json.dumps(head).encode() + b"\n")
        for buffer in buffers:
            answers.write(memoryview(buffer).cast("B") if memoryview(buffer).nbytes else b"")
        answers.flush()


if __name__ == "__main__":
    main()
