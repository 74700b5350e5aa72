"""Colours are those of the profile."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from components.image_example_gen import images
from tests.components.image_example_gen.images.normalised import LIMITS, SIZE, decoded
from tests.pictures import GREEN, RED, encoded, noise


def _swapped() -> bytes:
    """sRGB's profile with red and green changed about."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack(">I", profile[128:132])
    places = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("size", [(48, 40), (400, 300)], ids=["small", "large"])
def test_colours_are_those_of_the_profile_at_every_size(form: str, size: tuple[int, int]) -> None:
    data = encoded(Image.new("RGB", size, GREEN), form, icc_profile=_swapped())
    photograph = images.normalise(data, LIMITS._replace(max_bytes=10**6))
    np.testing.assert_allclose(decoded(photograph)[9, 9], RED, atol=4)
    with Image.open(io.BytesIO(photograph.jpeg)) as image:
        assert "icc_profile" not in image.info


def test_a_jpeg_with_the_profile_of_srgb_passes_as_it_is() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(noise(*SIZE), "JPEG", icc_profile=profile)
    assert images.normalise(data, LIMITS) == (data, *SIZE)
