"""The one error of this room."""


class ErasureError(RuntimeError):
    """Nobody to be forgotten, or something of them is left; the message holds no personal data."""
