"""Codec: payload bytes as they are, without compression or encryption."""


class PlainCodec:
    """Keeps content byte for byte; a `PayloadCodec`."""

    name = "plain"

    def encode(self, content: bytes) -> tuple[str, bytes]:
        """The codec's name and the unchanged bytes."""
        return self.name, content

    def decode(self, codec: str, stored: bytes) -> bytes:
        """The bytes that `encode` was given.

        Raises:
            ValueError: the bytes were stored by another codec.
        """
        if codec != self.name:
            raise ValueError(f"content was stored with codec {codec!r}, not {self.name!r}")
        return stored
