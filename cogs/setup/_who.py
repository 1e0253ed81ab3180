"""What every handler of the set-up begins with: the bot is here, and what is refused speaks of commands as mentions."""

import functools
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import PeerError
from bot.kit.call import Call, Reply
from cogs.setup._place import here, words

Cog = TypeVar("Cog")
Handler = Callable[[Cog, Call], Awaitable[Reply | None]]


def admins(handler: Handler[Cog]) -> Handler[Cog]:
    """Refuse where the bot is not a member, and let errors speak of commands as mentions."""

    @functools.wraps(handler)
    async def run(self: Cog, call: Call) -> Reply | None:
        here(call)
        try:
            return await handler(self, call)
        except PeerError as error:
            if not error.key.startswith("setup."):
                raise
            raise PeerError(error.key, **{**words(call), **error.args_for_text}) from None

    return run
