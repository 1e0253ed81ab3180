"""What the screens about meetings share: titles, and the parts of buttons' tokens. Decides nothing."""

from bot.domain.guilds import Guild, Programme
from bot.domain.ids import is_id
from bot.domain.series import Series
from bot.errors import PeerError
from bot.kit import times
from bot.kit.call import Call
from bot.services.guilds import programme_of


async def parts(call: Call) -> tuple[Guild, Programme, str, str]:
    """Read a token: its programme, afresh, and up to two parts more."""
    programme_id, _, rest = call.token.partition(".")
    second, _, third = rest.partition(".")
    guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)
    return guild, programme, second, third


def known(meeting_id: str) -> str:
    """Return an id that could be a meeting's; raises PeerError for anything else that was sent."""
    if not is_id(meeting_id):
        raise PeerError("meetings.gone")
    return meeting_id


def title(series: Series) -> str:
    """Return what leaders called it, bold and without markup of their own."""
    return f"**{times.plain(series.title)}**"


def page_of(text: str) -> int:
    """Read the number of a page, the first one for whatever is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0


def number(text: str) -> int:
    """Read a number that a screen of ours offers; raises PeerError for anything else."""
    if text.isascii() and text.isdecimal() and len(text) <= 5:
        return int(text)
    raise PeerError("error.button_gone")
