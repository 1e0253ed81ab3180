"""The form of a check-in: mood, note, who sees it; opened with what stands, saved as it was sent."""

import datetime as dt
from typing import Any

import discord
from discord.ext import commands

from bot.domain.checkins import NOTE_LIMIT, Mood, SeenBy
from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards, views, which
from bot.kit.call import Call, Reply
from bot.kit.router import route
from bot.services import checkins
from bot.services.guilds import programme_of
from cogs.checkins._words import MOODS, care_first, parts, read_day, saved


async def here(call: Call) -> Reply | None:
    """Open the form of the programme that the channel means, or ask which one."""
    found = await which.programme(call, "checkins:form")
    if isinstance(found, Reply):
        return found
    await _open(call, *found)
    return None


async def _may_save(call: Call) -> None:
    """Let those pass whom `guards.reached` does; where there is danger, help stands before a refusal."""
    if call.actor.guild_id is None:
        _care_first(call)
        await guards.reached(call)


class Forms(commands.Cog):
    """The form's buttons."""

    @route("checkins:form", guard=guards.reached, opens_form=True)
    async def form(self, call: Call) -> None:
        """Open the form, filled with what stands today."""
        programme_id, value, day = parts(call.token)
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)
        await _open(call, guild, programme, MOODS.get(value), read_day(day) if day else None)

    @route("checkins:save", guard=_may_save, in_place=True)
    async def save(self, call: Call) -> Reply:
        """Save the submitted form."""
        programme_id, day, _ = parts(call.token)
        words = _care_first(call)
        guild, programme = await programme_of(call.tools.guilds, call.guild_id, programme_id, call.actor)
        mood, seen_by = _read_choice(call.fields.get("mood"), call.fields.get("seen_by"))
        recorded = await checkins.record_with_note(
            call.tools.db,
            call.tools.clock,
            call.tools.vault,
            call.actor,
            guild,
            programme,
            mood=mood,
            note=str(call.fields.get("note") or ""),
            seen_by=seen_by,
            day=read_day(day) if day else None,
            agreed=call.fields.get("agreed") == ["yes"],
        )
        return saved(call, guild, programme.id, recorded, words=words)


async def _open(
    call: Call, guild: Guild, programme: Programme, mood: Mood | None = None, day: dt.date | None = None
) -> None:
    tools = call.tools
    agreed, today = await checkins.before_form(
        tools.db, tools.clock, tools.vault, call.actor, guild, programme, day=day
    )
    mood = mood or (today.mood if today else None)
    seen_by = today.seen_by if today else SeenBy.ME
    items: list[discord.ui.Item[Any]] = [
        discord.ui.Label(
            text=call.t("checkins.form.mood"),
            component=discord.ui.RadioGroup(
                custom_id="mood",
                options=[
                    discord.RadioGroupOption(label=call.t(m.key), value=str(m.value), default=m is mood) for m in Mood
                ],
            ),
        ),
        discord.ui.Label(
            text=call.t("checkins.form.note"),
            description=call.t("checkins.form.note.hint"),
            component=discord.ui.TextInput(
                custom_id="note",
                style=discord.TextStyle.paragraph,
                required=False,
                max_length=NOTE_LIMIT,
                default=today.note if today else None,
            ),
        ),
        discord.ui.Label(
            text=call.t("checkins.form.seen_by"),
            component=discord.ui.RadioGroup(
                custom_id="seen_by",
                options=[
                    discord.RadioGroupOption(
                        label=call.t(f"checkins.seen_by.{s.value}"), value=s.value, default=s is seen_by
                    )
                    for s in SeenBy
                ],
            ),
        ),
    ]
    if not agreed:
        items.append(
            discord.ui.Label(
                text=call.t("consent.form.label"),
                description=call.t("consent.form.description"),
                component=discord.ui.CheckboxGroup(
                    custom_id="agreed",
                    min_values=1,
                    max_values=1,
                    options=[discord.CheckboxGroupOption(label=call.t("consent.form.agree"), value="yes")],
                ),
            )
        )
    await call.open_form(views.form(call.t("checkins.form.title"), _save_id(programme, day), *items))


def _care_first(call: Call) -> bool:
    """Let help stand before whatever fails from here on, where there is danger; tell whether words speak of it."""
    chosen = call.fields.get("mood")
    words = bool(call.tools.scanner.scan(str(call.fields.get("note") or "")))
    care_first(call, due=words or (chosen in MOODS and MOODS[chosen].is_low))
    return words


def _read_choice(mood: Any, seen_by: Any) -> tuple[Mood, SeenBy]:
    """Read the form's choices; raises PeerError for what the form does not offer."""
    if mood not in MOODS or seen_by not in {s.value for s in SeenBy}:
        raise PeerError("error.form_changed")
    return MOODS[mood], SeenBy(seen_by)


def _save_id(programme: Programme, day: dt.date | None) -> str:
    return f"checkins:save:{programme.id}" + (f".{day.isoformat()}" if day else "")
