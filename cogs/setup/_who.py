"""What every handler of the set-up begins with: the bot is here, and what is refused speaks of commands as mentions."""

import functools
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from bot.errors import PeerError
from bot.kit.call import Call
from cogs.setup._place import here, words

P = ParamSpec("P")
Answer = TypeVar("Answer")


def admins(handler: Callable[P, Awaitable[Answer]]) -> Callable[P, Awaitable[Answer]]:
    """Refuse where the bot is not a member, and let errors speak of commands as mentions."""

    @functools.wraps(handler)
    async def run(*args: P.args, **named: P.kwargs) -> Answer:
        call = next(one for one in args if isinstance(one, Call))
        here(call)
        try:
            return await handler(*args, **named)
        except PeerError as error:
            if not error.key.startswith("setup."):
                raise
            raise PeerError(error.key, **{**words(call), **error.args_for_text}) from None

    return run
