"""The errors that peerled raises on purpose.

`PeerError` is for people: it carries a text key, never a sentence, and `bot.kit.call` alone turns it into a private
answer. `OperatorError` is for whoever runs the bot: it says the file, key or row and the remedy, in plain words, and the
command line prints it without a traceback. Nothing here knows Discord, SQL or wording.
"""

from typing import Any


class PeerError(Exception):
    """Something a person should be told, kindly: a text key and the values its sentence needs."""

    def __init__(self, key: str, **args: Any) -> None:
        super().__init__(key)
        self.key = key
        self.args_for_text = args


class Busy(PeerError):
    """The store could not begin the work in time; nothing was stored and nothing will be."""

    def __init__(self, key: str = "error.busy") -> None:
        super().__init__(key)


class Unsure(PeerError):
    """The connection broke while committing: whether it was stored cannot be told, and repeating it is harmless."""

    def __init__(self) -> None:
        super().__init__("error.unsure")


class OperatorError(Exception):
    """Something the operator must mend: one finding per line, each naming what and where and the remedy."""

    def __init__(self, *findings: str) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings
