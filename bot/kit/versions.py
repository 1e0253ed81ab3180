"""Which peerled this is, and whose rules of time zones it goes by: for those who ask why a time is an hour off."""

import importlib
import importlib.metadata


def peerled() -> str:
    """Return the version of peerled."""
    return importlib.metadata.version("peerled")


def time_zones() -> str:
    """Return the version of the time zones in use, such as "2026.2": the package's, as `bot` sees to it."""
    return str(importlib.import_module("tzdata").__version__)
