"""What the screens of a running meeting share: the parts of buttons' tokens, names of phases, consent. Decides nothing."""

from collections.abc import Mapping

from bot.domain.guilds import Guild, Programme
from bot.domain.presets import Phase
from bot.domain.runs import Run
from bot.errors import PeerError
from bot.kit import views
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Reply
from bot.kit.views import Style
from bot.services import meetings, runs
from bot.services.guilds import programme_of
from bot.texts import Texts

REF = 32
"""How long a ref of ours is."""


async def parts(call: Call) -> tuple[Guild, Programme, str, str]:
    """Read a token: its programme, afresh, and up to two parts more. Not one that is only on trial, which reaches nobody."""
    programme_id, _, rest = call.token.partition(".")
    second, _, third = rest.partition(".")
    guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id)
    return guild, programme, second, third


def number(text: str) -> int:
    """Read a number that a screen of ours offers; raises PeerError for anything else."""
    if text.isascii() and text.isdecimal() and len(text) <= 6:
        return int(text)
    raise PeerError("error.button_gone")


def token(run: Run) -> str:
    """Return what the buttons of a run end in."""
    return f"{run.programme_id}.{run.id}"


def phase(texts: Texts, locale: str, one: Phase) -> str:
    """Return what a phase is called; one that this version does not know has no name."""
    key = f"phase.{one.name}"
    return texts.t(locale, key) if texts.has(key) else texts.t(locale, "runs.phase.unknown")


def cross_talk(texts: Texts, locale: str, one: Phase) -> str:
    """Say whether people may answer each other in a phase."""
    return texts.t(locale, "runs.cross_talk.on" if one.cross_talk else "runs.cross_talk.off")


def own_words(texts: Texts, locale: str, preset: str, own: Mapping[str, str], name: str) -> str:
    """Return the opening or closing text: the leaders' own words, else those that come with the programme."""
    return own.get(name) or texts.t(locale, f"programme.{preset}.{name}")


def consent(call: Call, guild: Guild, yes: str) -> Reply:
    """Ask for the one consent; `yes` is the button's id."""
    privacy = call.interaction.client.command_sets.mention("privacy", guild)
    agree = views.button(call.t("consent.button.agree"), yes, Style.success)
    return Reply(call.t("consent.ask", privacy=privacy), views.rows([agree]))


async def began_or_ended(bot: PeerBot, guild_id: int, run_id: str) -> None:
    """As `changed`, and let the card of its series show it too."""
    changed(bot, guild_id, run_id)
    series_id = await runs.series_of(bot.tools.db, guild_id, run_id)
    if series_id is not None:
        bot.panels.touch(guild_id, meetings.PANEL, series_id)


def changed(bot: PeerBot, guild_id: int, run_id: str) -> None:
    """Let what was planned be said, and the panel show how the meeting stands now."""
    bot.delivery.wake()
    bot.panels.touch(guild_id, runs.PANEL, run_id)
