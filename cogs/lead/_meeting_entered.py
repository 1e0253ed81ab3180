"""What was typed or written about a new meeting: read into a draft, or refused with an example and nothing lost."""

from dataclasses import dataclass, field
from typing import Any

import discord

from bot.domain import meetings
from bot.domain.guilds import Guild, Programme
from bot.domain.meetings import when as words
from bot.domain.series import check_capacity, check_length, settle_title
from bot.errors import PeerError
from bot.kit import times, views, zones
from bot.kit.call import Call, Reply
from bot.kit.views import Style
from cogs.lead import _meeting_draft as drafts
from cogs.lead._meeting_draft import Draft

LONGEST = 100
"""The longest that somebody writes about a time; more is refused, not cut."""
QUOTE = "> "
MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody entered, as they wrote it."""

    title: str = field(default="", repr=False)
    when: str = ""
    repeat: str = ""
    zone: str = ""
    """Empty: the server's, unless the words name one."""
    minutes: str = ""
    capacity: str = ""
    format: str | None = None
    channel_id: int | None = None


def understand(call: Call, guild: Guild, programme: Programme, entered: Entered) -> Draft:
    """Return what somebody entered as a draft; raises PeerError for what is not understood or cannot be."""
    title = settle_title(entered.title)
    if len(entered.when) > LONGEST or len(entered.repeat) > LONGEST:
        raise PeerError("meetings.lead.too_long", most=LONGEST)
    zone = read_zone(call, entered.zone) if entered.zone else guild.zone
    language, now = call.tools.texts.language(call.actor.locale), call.tools.clock.now()
    found = words.read(entered.when, language, now, zone, zone_is_chosen=bool(entered.zone))
    if entered.repeat.strip():
        found = words.with_repeat(found, entered.repeat, language)
    format_ = drafts.format_of(programme.preset, entered.format or _first_format(programme))
    usual = format_.minutes if format_ is not None else drafts.USUAL_LENGTH
    minutes = _number(entered.minutes, "meetings.lead.no_length", usual)
    capacity = _number(entered.capacity, "meetings.lead.no_capacity", None)
    check_capacity(capacity)
    check_length(minutes or 0)
    try:
        when = found.series(minutes or 0)
    except ValueError:
        raise PeerError("meetings.never") from None
    return Draft(title, when, capacity, format_.name if format_ else None, entered.channel_id)


def read_zone(call: Call, written: str) -> str:
    """Return the zone that was chosen or typed; raises PeerError for what is none."""
    found = zones.read(call.tools.texts, call.actor.locale, written) if len(written) <= LONGEST else None
    if found is None:
        raise PeerError("meetings.no_zone")
    return found


def _first_format(programme: Programme) -> str | None:
    return next((one.name for one in drafts.formats(programme.preset)), None)


def _number(written: str, key: str, usual: int | None) -> int | None:
    """Read a whole number; raises PeerError under `key` for anything else."""
    written = written.strip()
    if not written:
        return usual
    if not (written.isascii() and written.isdecimal() and len(written) <= MOST_DIGITS):
        raise PeerError(key)
    return int(written)


# -- refused, with nothing lost ---------------------------------------------------------------------------------------------


def refused(call: Call, programme: Programme, entered: Entered, error: PeerError) -> Reply:
    """Say why it was not understood, below what was entered, with the ways to go on from there."""
    title = times.plain(_cut(entered.title))
    said = [f"**{title}**" if title else "", *(quoted(one) for one in (entered.when, entered.repeat) if one)]
    said += ["", call.t(error.key, **error.args_for_text), call.t("meetings.lead.refused")]
    kept = [
        entered.zone[:LONGEST],
        entered.minutes[:MOST_DIGITS],
        entered.capacity[:MOST_DIGITS],
        entered.format,
        entered.channel_id,
    ]
    token = f"lead:meeting-{{}}:{programme.id}"
    names = [token.format(verb) for verb in ("write", "lists", "drop")]
    try:
        ids = drafts.spread(kept, names)
    except ValueError:
        ids = drafts.spread(["", "", "", None, None], names)
    write, lists, drop = ids
    buttons: list[discord.ui.Item[Any]] = [
        views.button(call.t("meetings.lead.button.again"), write, Style.primary),
        views.button(call.t("meetings.lead.button.lists"), lists),
        views.button(call.t("meetings.lead.button.leave"), drop),
    ]
    return Reply("\n".join(said).lstrip("\n"), views.rows(_meant(call, programme, error), buttons))


def _meant(call: Call, programme: Programme, error: PeerError) -> list[discord.ui.Item[Any]]:
    """Return a select of what may have been meant, where that is known."""
    language, now = call.tools.texts.language(call.actor.locale), call.tools.clock.now()
    options = []
    for text in dict.fromkeys(error.meant if isinstance(error, words.NotUnderstood) else ()):
        found = next((one for one in words.complete(text, language, now, "UTC") if one.value), None)
        if found is not None and len(text) <= LONGEST:
            label = call.tools.texts.say(call.actor.locale, found.said)
            options.append(discord.SelectOption(label=label[:LONGEST], value=text))
    if not options:
        return []
    custom_id, ask = f"lead:meeting-meant:{programme.id}", call.t("meetings.lead.meant")
    return [discord.ui.Select[Any](custom_id=custom_id, placeholder=ask, options=options[:25])]


def quoted(written: str) -> str:
    """Return what somebody wrote as a quotation of one line."""
    return QUOTE + times.plain(_cut(written))


def _cut(written: str) -> str:
    """Return what somebody wrote on one line, cut off with "…" where it is too long to be taken."""
    line = " ".join(written.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def entered_before(call: Call) -> Entered:
    """Return what the screen still holds of what was entered: of a refusal or of a draft; of another screen nothing."""
    values = drafts.carried(call)
    if values is None:
        return Entered()
    if len(values) != 5:
        return _of_draft(call, drafts.read(call))
    zone, minutes, capacity, format_, channel_id = values
    if not all(isinstance(one, str) for one in (zone, minutes, capacity)) or not isinstance(format_, str | None):
        raise PeerError("error.button_gone")
    shown = drafts.lines(call)
    quoted = [times.unplain(line[len(QUOTE) :]) for line in shown if line.startswith(QUOTE)]
    when, repeat, *_ = [*quoted, "", ""]
    title = drafts.title_of(call) if shown and shown[0].startswith("**") else ""
    return Entered(title, when, repeat, zone, minutes, capacity, format_, channel_id)


def _of_draft(call: Call, draft: Draft) -> Entered:
    language, when = call.tools.texts.language(call.actor.locale), draft.when
    understood = words.Understood(
        zone=when.zone,
        names_zone=True,
        starts_on=meetings.first_date(when),
        minute=when.minute,
        rule=None if when.rule.kind == "once" else when.rule,
    )
    capacity = "" if draft.capacity is None else str(draft.capacity)
    written = words.canonical(understood, language)
    return Entered(draft.title, written, "", "", str(when.minutes), capacity, draft.format, draft.channel_id)
