"""What a check-in's answer says, and the parts of its buttons' tokens. Decides nothing and asks nobody."""

import datetime as dt
import functools

import discord

from bot.domain.checkins import Mood
from bot.domain.guilds import Guild
from bot.errors import PeerError
from bot.kit import help_card, views
from bot.kit.call import Call, Reply
from bot.kit.views import Style
from bot.services.checkins import Recorded
from bot.texts import Texts

MOODS = {str(mood.value): mood for mood in Mood}


def saved(call: Call, guild: Guild, programme_id: str, recorded: Recorded, *, words: bool = False) -> Reply:
    """Say what was saved, for whom, and what can be done next; with help where it is due."""
    low = recorded.mood.is_low or words
    said, view = _answer(call.tools.texts, call.actor.locale, programme_id, recorded, low=low)
    return Reply(with_help(call, guild, low, said), view)


@functools.lru_cache(maxsize=2_048)
def _answer(
    texts: Texts, locale: str, programme_id: str, recorded: Recorded, *, low: bool
) -> tuple[str, discord.ui.View]:
    """Say what was saved and for whom, with the buttons below it.

    Kept, because most answers of a day are alike and drawing one costs as much as saving.
    """
    said = [
        texts.t(locale, "checkins.saved", mood=texts.t(locale, recorded.mood.key)),
        texts.t(locale, f"checkins.seen_by.{recorded.seen_by.value}.said"),
        texts.t(locale, "checkins.week", n=recorded.days_of_week),
    ]
    form = f"checkins:form:{programme_id}.{recorded.mood.value}.{recorded.day.isoformat()}"
    note = "checkins.button.edit_note" if recorded.has_note else "checkins.button.add_note"
    buttons = [
        views.button(texts.t(locale, note), form, Style.primary),
        views.button(texts.t(locale, "checkins.button.history"), f"checkins:history:{programme_id}"),
    ]
    if recorded.held:
        said.append(texts.t(locale, "checkins.held"))
        token = f"{programme_id}.{recorded.day.isoformat()}.{recorded.held_rev}"
        buttons.insert(0, views.button(texts.t(locale, "checkins.button.share_anyway"), f"checkins:share:{token}"))
    rows = [buttons, help_card.buttons(functools.partial(texts.t, locale), programme_id)] if low else [buttons]
    return "\n".join(said), views.rows(*rows)


def with_help(call: Call, guild: Guild, due: bool, said: str) -> str:
    """Put help first where it is due: nothing stands between a person in danger and the numbers."""
    return f"{help_card.text(call, guild)}\n\n{said}" if due else said


def care_first(call: Call, *, due: bool) -> None:
    """Let help stand before whatever fails from here on, where it is due."""
    if due:
        call.care = help_card.text(call, call.tools.guilds.peek(call.actor.guild_id))


def parts(token: str) -> tuple[str, str, str]:
    """Split a token of up to three parts."""
    first, _, rest = token.partition(".")
    second, _, third = rest.partition(".")
    return first, second, third


def read_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise PeerError("error.button_gone") from None
