"""What the error that is kept with a message means to those who can do something about it. Pure.

It reads what `bot.domain.outbox.error_text` and the postman write down, and knows neither words nor Discord.
"""

import re
from typing import Literal, get_args

Cause = Literal["rights", "gone", "no_way", "unsure", "mistake", "unknown", "busy", "database", "no_answer", "other"]
CAUSES: tuple[Cause, ...] = get_args(Cause)

NO_DIRECT_MESSAGES = 50007
_SAID: dict[str, Cause] = {"no way is open": "no_way", "may have been sent": "unsure"}
_BEGINS: dict[str, Cause] = {"unknown ": "unknown", "accident ": "mistake", "error.": "database"}
_STATUSES: dict[int, Cause] = {403: "rights", 404: "gone", 408: "busy", 409: "busy", 425: "busy", 429: "busy"}
_NUMBERS = re.compile(r"(\d{3})(?:/(\d+))?")


def cause(error: str | None) -> Cause:
    """Return what stood in the way; `other` where nothing is kept of it."""
    if not error:
        return "other"
    numbers = _NUMBERS.fullmatch(error)
    if numbers is None:
        began = next((found for begin, found in _BEGINS.items() if error.startswith(begin)), None)
        # What is left are names of what happens to a connection.
        return _SAID.get(error) or began or "no_answer"
    status, code = int(numbers[1]), int(numbers[2] or 0)
    if code == NO_DIRECT_MESSAGES:
        return "no_way"
    return _STATUSES.get(status) or ("busy" if status >= 500 else "mistake")


def known(named: object) -> Cause:
    """Return a cause that was kept by its name; `other` for whatever is none."""
    return next((one for one in CAUSES if one == named), "other")


def number(error: str | None) -> str | None:
    """Return Discord's numbers in an error; None where it has none."""
    return error if error and _NUMBERS.fullmatch(error) else None
