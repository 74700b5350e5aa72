"""One picture from bytes to bytes, by way of the decoders and the outpainter."""

import base64
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from werkzeug.exceptions import HTTPException

from serving import geometry
from serving.engine.progress import Progress, parts
from serving.errors import ServingError
from serving.files import encoding
from serving.files.decoding import Picture
from serving.files.isolation import Cancelled, Decoders
from serving.model.batching import Overloaded
from serving.model.outpainter import Outpainter
from serving.output import Output
from serving.web.admission import Admission, Ticket
from serving.web.api.uploads import Upload
from serving.web.exchange import ClientGone, Exchange
from serving.web.operations.metrics import Monitor
from serving.web.operations.sampling import Sampler

Work = Callable[[Progress], "Result"]
_PREVIEW_SIDE = 2560  # pixels; what a page shows of an input


@dataclass(frozen=True)
class Variant:
    """A picture, done."""

    data: bytes  # a file
    seed: int  # what it can be made again with


@dataclass(frozen=True)
class Result:
    """What was asked for, done."""

    variants: Sequence[Variant]  # at least one
    type: str  # such as image/png
    plan: geometry.Plan
    version: str  # of the model that made it
    notes: tuple[str, ...]  # what it cannot keep of its input

    def as_json(self) -> dict[str, Any]:
        """For a client who wants to know more than the picture: of several, the first and all."""
        variants = [
            {"image": base64.b64encode(variant.data).decode(), "seed": variant.seed}
            for variant in self.variants
        ]
        return {
            **variants[0],
            **({"variants": variants} if len(variants) > 1 else {}),
            "type": self.type,
            "width": self.plan.width,
            "height": self.plan.height,
            "left": self.plan.left,
            "top": self.plan.top,
            "mode": self.plan.mode,
            "version": self.version,
            "notes": list(self.notes),
        }


class Studio:
    """Where pictures are worked on, and counted."""

    def __init__(
        self,
        outpainter: Outpainter,
        decoders: Decoders,
        admission: Admission,
        monitor: Monitor,
        sampler: Sampler,
    ) -> None:
        """Opens it.

        Args:
            outpainter: Does the work.
            decoders: Read what strangers send.
            admission: Bounds the work at once.
            monitor: Counts it.
            sampler: Keeps figures of pictures, where their senders agree.
        """
        self.outpainter = outpainter
        self.decoders = decoders
        self.admission = admission
        self.monitor = monitor
        self.sampler = sampler

    def prepare(self, upload: Upload, ticket: Ticket, exchange: Exchange) -> Work:
        """Looks into an upload, so that what is wrong with it is told before any work.

        Args:
            upload: What came.
            ticket: Asked for room before memory is taken.
            exchange: Whose client may leave, which ends the work.

        Returns:
            The work; it takes whom to tell of its progress.

        Raises:
            ServingError: If the picture or the request is bad, or too large.
            Full: If there is no room now.
            Cancelled: If the client has left.
        """
        limits, request, gone = self.outpainter.settings, upload.request, exchange.gone
        width, height = self.decoders.size(upload.image, gone)
        has_area = upload.mask is not None or upload.output.alpha == "area"
        plan = geometry.plan(width, height, request, has_area, limits)
        ticket.claim((width * height + plan.width * plan.height) / 1e6)
        reading = upload.output.reading
        picture = self.decoders.picture(upload.image, width * height, reading, gone)
        area = self._area(upload, picture, exchange)
        height, width = picture.pixels.shape[:2]  # turned, where that stands behind the pixels
        plan = geometry.plan(width, height, request, area is not None, limits)
        self.sampler.offer(picture.pixels)
        # The version that makes it is the one that the answer names.
        outpainter = self.outpainter.pinned()

        def work(progress: Progress) -> Result:
            requests, variants = request.each_variant(), []
            for one, done in zip(requests, parts(progress, [1] * len(requests)), strict=True):
                pixels = outpainter.outpaint(picture.pixels, one, area, done)
                if upload.output.layer == "new":
                    pixels = encoding.layer(pixels, plan, area)
                data = encoding.encode(pixels, upload.output, picture)
                variants.append(Variant(data, one.seed or 0))
            return Result(variants, upload.output.type, plan, outpainter.version, picture.notes)

        return work

    def _area(self, upload: Upload, picture: Picture, exchange: Exchange) -> np.ndarray | None:
        """What was painted, and what is transparent, if that was asked for."""
        area = picture.area
        if upload.mask is None:
            return area
        across, down = self.decoders.size(upload.mask, exchange.gone)
        painted = self.decoders.mask(upload.mask, across * down, exchange.gone)
        if area is None or painted.shape != area.shape:
            return painted  # of another size, it is refused with the sizes
        return painted | area

    def preview(self, image: bytes, ticket: Ticket, exchange: Exchange) -> dict[str, Any]:
        """Shows what the server sees in a picture.

        Args:
            image: A file as it came.
            ticket: Asked for room before memory is taken.
            exchange: Whose client may leave.

        Returns:
            `width` and `height` in pixels, upright; `notes`; `image`, base64 of a file of `type`,
            scaled down where it is large.

        Raises:
            ServingError: If the picture is bad, or too large.
            Full: If there is no room now.
            Cancelled: If the client has left.
        """
        width, height = self.decoders.size(image, exchange.gone)
        ticket.claim(width * height / 1e6)
        picture = self.decoders.picture(image, width * height, None, exchange.gone)
        height, width = picture.pixels.shape[:2]
        scale = min(1, _PREVIEW_SIDE / max(width, height))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(picture.pixels, size, interpolation=cv2.INTER_AREA)
        # A small picture, such as a drawing with hard edges, costs little to show as it is.
        exact = width * height <= 500_000
        output = Output(format="png" if exact else "jpeg", quality=90, label=False)
        data = base64.b64encode(encoding.encode(small, output)).decode()
        shown = {"image": data, "type": output.type, "notes": list(picture.notes)}
        return {"width": width, "height": height, **shown}

    @contextmanager
    def counted(self, exchange: Exchange) -> Iterator[None]:
        """Counts a piece of a picture's work by what comes of it, where it ends it.

        Args:
            exchange: Learns the outcome, for the log.
        """
        try:
            yield
        except BaseException as error:
            exchange.outcome = _outcome(error)
            raise

    def finish(self, exchange: Exchange, began: float) -> None:
        """Counts a picture whose work has ended.

        Args:
            exchange: With the outcome.
            began: When, in seconds of the monotonic clock.
        """
        exchange.outcome = exchange.outcome or "done"
        self.monitor.observe_picture(exchange.outcome, time.monotonic() - began)


def _outcome(error: BaseException) -> str:
    if isinstance(error, Cancelled | ClientGone):
        return "left"
    if isinstance(error, HTTPException):
        return "refused" if (error.code or 500) < 500 else "failed"
    return "refused" if isinstance(error, ServingError | Overloaded) else "failed"
