"""Names what is missing on a machine; it must not look for it."""


class Unavailable(Exception):
    """A part is not on this machine and cannot be fetched; the message says what to install."""
