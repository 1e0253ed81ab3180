"""A meeting that several people live through: who they are, what they have before them, and how a test goes on from there."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import simcord
from simcord.results import ResponseMessage

from bot.domain.series import Series
from tests.cogs.convening import agree_before, cards, ids, let_lead, occurrences, settle, until
from tests.cogs.delivering import run_due
from tests.cogs.leading import put
from tests.cogs.listening import Ears
from tests.cogs.town import Town, read

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
PLANNED = dt.datetime(2026, 11, 27, 19, 0, tzinfo=dt.UTC)
"""A Friday, four days after the town's morning."""
MOVED = dt.datetime(2026, 11, 28, 18, 30, tzinfo=dt.UTC)
LEFT_OUT, NEXT = PLANNED + dt.timedelta(days=7), PLANNED + dt.timedelta(days=14)


@dataclass
class Walk:
    """The town, those who live through it, and what they remember from one step to the next."""

    town: Town
    hana: simcord.MemberActor
    omar: simcord.MemberActor
    tara: simcord.MemberActor
    ears: Ears
    series: Series = field(init=False)
    host: simcord.MemberActor = field(init=False)
    """Who opens it in the end; until then nobody knows that."""
    missing: simcord.MemberActor = field(init=False)
    screen: ResponseMessage = field(init=False)
    """What somebody had before them last."""

    @property
    def hosts(self) -> dict[str, simcord.MemberActor]:
        return {"Hana": self.hana, "Omar": self.omar}

    async def first(self) -> Any:
        """Return the meeting that this is about."""
        return (await occurrences(self.town))[0]

    async def type(self, who: simcord.MemberActor, command: str, **options: Any) -> ResponseMessage:
        return read(await who.slash(self.town.general, command, **options))

    async def at(self, moment: dt.datetime) -> None:
        """Let it become so late, with all that is due by then."""
        await until(self.town, moment)

    async def restart(self) -> None:
        """Take the bot away and start another, which does at its start what the real one does."""
        await self.town.restart()
        await self.town.bot.delivery.begin()
        await run_due(self.town)
        await settle(self.town)

    async def heard(self, **expected: list[str]) -> None:
        """Check that this was said, once, and nothing else to anybody; and that there is one card and one event."""
        await run_due(self.town)
        await settle(self.town)
        await self.ears.heard(**expected)
        assert (len(await cards(self.town)), len(await self.shown())) == (1, 1)

    async def shown(self) -> list[dt.datetime]:
        """Return when the server's events begin that are not over."""
        events = self.town.env.backend.get_guild(self.town.guild.id).scheduled_events.values()
        return [dt.datetime.fromisoformat(one.scheduled_start_time) for one in events if one.status in (1, 2)]

    async def panel(self) -> Any:
        """Return the panel of the meeting that runs."""
        history = (await self.town.channel("group")).history()
        (found,) = (one for one in history if any(part.startswith("runs:lock:") for part in ids(one)))
        return found

    async def press(self, who: simcord.MemberActor, verb: str, message: Any = None) -> ResponseMessage:
        """Press a button of that panel, or of another message in the channel."""
        shown = message or await self.panel()
        (custom_id,) = (one for one in ids(shown) if one.startswith(f"runs:{verb}:"))
        return read(await who.click(shown, custom_id=custom_id))

    async def directly(self, who: simcord.MemberActor, part: str) -> None:
        """Go on from what somebody has before them in their direct messages."""
        pressed = await who.user.click(self.screen, custom_id=self.town.find(self.screen, part))
        self.screen = pressed.response or self.screen

    async def last_said(self) -> Any:
        """Return what was said last where it meets."""
        return (await self.town.channel("group")).history()[-1]


def at(moment: dt.datetime) -> str:
    return f"<t:{int(moment.timestamp())}:F>"


async def gather(town: Town) -> Walk:
    """Let those who live through it be there: two may host, and all have said before how they are reached."""
    let_lead(town)
    more = [town.guild.add_member(town.env.create_user(name)) for name in ("Hana", "Omar", "Tara")]
    hana, omar, tara = more
    await agree_before(town, town.leo, town.mia, town.noah, *more)
    for who in (hana, omar):
        await put(town, who, certified_on=dt.date(2026, 11, 1))
    ears = Ears(town, Mia=town.mia, Noah=town.noah, Leo=town.leo, Hana=hana, Omar=omar, Tara=tara)
    await settle(town)
    await ears.news()
    return Walk(town, hana, omar, tara, ears)
