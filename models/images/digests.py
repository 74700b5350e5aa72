"""What a file of examples holds, told in a few digits."""

import hashlib


class Digest:
    """Of records in their order, whatever file holds them."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, record: bytes) -> None:
        """Takes the next record in."""
        self._hash.update(len(record).to_bytes(8, "little"))
        self._hash.update(record)

    def digits(self) -> str:
        """Gives 32 hexadecimal digits, which depend on each byte of all records so far."""
        return self._hash.hexdigest()
