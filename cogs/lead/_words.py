"""What the leaders' screens share: parts of their buttons' tokens, days, states, a programme's words. Decides nothing."""

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.domain import leaders as rules
from bot.domain.guilds import Guild, Programme
from bot.domain.leaders import Leader, State
from bot.errors import PeerError
from bot.kit.call import Call
from bot.services.guilds import programme_of
from bot.texts import Texts
from data.programmes import presets

NOON = dt.time(12)


async def parts(call: Call) -> tuple[Guild, Programme, str, str]:
    """Read a token: its programme, afresh, and up to two parts more."""
    programme_id, _, rest = call.token.partition(".")
    second, _, third = rest.partition(".")
    guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)
    return guild, programme, second, third


def training(programme: Programme) -> Sequence[str]:
    """Return what is learned in a programme before leading it; raises PeerError where this version does not know it."""
    preset = presets().get(programme.preset)
    if preset is None:
        raise PeerError("error.programme_gone")
    return preset.training


def day(guild: Guild, on: dt.date) -> str:
    """Return a day as each reader's Discord writes it."""
    noon = dt.datetime.combine(on, NOON, ZoneInfo(guild.zone))
    return f"<t:{int(noon.timestamp())}:D>"


def state(call: Call, guild: Guild, programme: Programme, leader: Leader) -> str:
    """Say in a few words where somebody stands."""
    listed = training(programme)
    done, total = rules.progress(leader, listed)
    found = rules.state(leader, listed)
    if found is State.CERTIFIED:
        assert leader.certified_on is not None
        return call.t("leaders.state.certified", day=day(guild, leader.certified_on))
    return call.t(f"leaders.state.{found.value}", done=done, total=total)


def comes_with(texts: Texts, guild: Guild, programme: Programme, name: str) -> str:
    """Return the words of a text that come with the programme, in the server's language."""
    preset = presets().get(programme.preset)
    if preset is None:
        raise PeerError("error.programme_gone")
    if name == "rules":
        return "\n".join("- " + texts.t(guild.locale, f"rule.{rule}") for rule in preset.rules)
    return texts.t(guild.locale, f"programme.{preset.name}.{name}")
