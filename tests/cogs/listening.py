"""Everything the bot has said anywhere since it was last asked: to each person directly, and in each channel.

Private answers to a press are not among it, nor edits: only what is said of the bot's own accord, so that each word of it can be
counted.
"""

import re
from typing import Any

import simcord

from tests.cogs.town import Town

PLACES = ("start", "help", "meetings", "group", "leaders", "moderators")


class Ears:
    """Hears what is said to some people, and in the programme's channels."""

    def __init__(self, town: Town, **people: simcord.MemberActor) -> None:
        self._town, self._people = town, people
        self._known: set[int] = set()

    async def news(self) -> dict[str, list[Any]]:
        """Return the messages that are new, by the name of a person or the purpose of a channel, oldest first."""
        backend, programme = self._town.env.backend, await self._town.programme()
        names = {programme.channels[purpose]: purpose for purpose in PLACES if purpose in programme.channels}
        names |= {backend.get_dm_channel(who.id).id: name for name, who in self._people.items()}
        bot = self._town.bot.user
        assert bot is not None
        found: dict[str, list[Any]] = {}
        for channel_id, messages in backend.messages.items():
            for message in messages.values():
                if message.id not in self._known and message.author_id == bot.id and not message.is_ephemeral:
                    found.setdefault(names.get(channel_id, str(channel_id)), []).append(message)
        self._known |= {message.id for messages in found.values() for message in messages}
        return found

    async def heard(self, **expected: list[str]) -> dict[str, list[Any]]:
        """Check that since the last time this was said, and nothing else to anybody: sentences by their text keys."""
        news = await self.news()
        said = {place: [words_of(one) for one in messages] for place, messages in news.items()}
        assert {place: len(words) for place, words in said.items()} == {
            place: len(keys) for place, keys in expected.items()
        }, said
        for place, keys in expected.items():
            for key, words in zip(keys, said[place], strict=True):
                assert is_said(self._town, key, words), (place, key, words)
        return news


def words_of(message: Any) -> str:
    """Return what a stored message says, also where its words stand in a component."""
    return " ".join([message.content, *(_inside(one) for one in message.components)])


def _inside(component: Any) -> str:
    within = [*component.get("components", ()), *filter(None, [component.get("component")])]
    return " ".join([str(component.get("content", "")), *map(_inside, within)])


def is_said(town: Town, key: str, words: str) -> bool:
    """Tell whether a sentence stands among words, with whatever values."""
    parts = [re.escape(part.strip()) for part in re.split(r"{\w+}", town.texts._find("en", key, None) or "")]
    assert any(parts), key
    return re.search(".*?".join(parts), words, re.DOTALL) is not None
