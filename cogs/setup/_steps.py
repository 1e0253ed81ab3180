"""The screens on which an admin chooses: the programme, who the members are, channels and roles. They decide nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from bot.domain import ages
from bot.domain.guilds import Guild, Programme
from bot.domain.programmes import meant, waits
from bot.kit import help_card, views
from bot.kit.call import Call, Reply
from bot.kit.views import Style
from bot.services.setup import Underway
from cogs.setup import _made
from cogs.setup._place import at_hand, words
from data.programmes import presets

AGES = ("adults", "minors", "both")
COUNTRIES_AT_ONCE = 5
CHANNELS_AT_ONCE = 4
"""Selects on one screen, which leaves a row for buttons."""


def programmes(call: Call, guild: Guild | None) -> Reply:
    """Ask which programme; what stands already is said, and its button changes it."""
    states = {one.preset: _state(one) for one in guild.programmes} if guild else {}
    lines, buttons = [call.t("setup.programmes"), ""], []
    for name in presets():
        said, state = call.t(f"programme.{name}.name"), states.get(name, "new")
        lines.append(call.t(f"setup.programmes.{state}", name=said, about=call.t(f"programme.{name}.about")))
        live = state == "live"
        label = call.t("setup.button.change", name=said) if live else said
        buttons.append(views.button(label[:80], f"setup:programme:{name}", Style.secondary if live else Style.primary))
    return Reply("\n".join(lines), views.rows(*_in_rows(buttons)))


def _state(programme: Programme) -> str:
    return "live" if programme.state == "live" else "begun" if waits(programme) else "new"


def begun(call: Call, several: Sequence[Underway]) -> Reply:
    """Ask with which of several set-ups to go on."""
    buttons = [
        views.button(call.t(f"programme.{one.preset.name}.name"), f"setup:step:{one.programme.id}.plan", Style.primary)
        for one in several
    ]
    return Reply(call.t("setup.begun.ask"), views.rows(*_in_rows(buttons)))


def people(call: Call, now: Underway, notes: Sequence[str] = ()) -> Reply:
    """Ask who the members are and which countries' help numbers to show; `notes` stand below."""
    token, guild = now.programme.id, now.guild
    who: list[discord.ui.Item[Any]] = [
        views.button(
            call.t(f"setup.ages.{value}"),
            f"setup:ages:{token}.{value}",
            Style.success if guild.ages == value else Style.primary,
        )
        for value in AGES
    ]
    countries = discord.ui.Select[Any](
        custom_id=f"setup:countries:{token}",
        placeholder=call.t("setup.countries.ask"),
        min_values=1,
        max_values=COUNTRIES_AT_ONCE,
        options=help_card.options(call.tools.contacts, guild.countries),
    )
    last: list[discord.ui.Item[Any]] = [
        views.button(call.t("setup.button.zone", zone=guild.zone)[:80], f"setup:zone:{token}"),
        *([] if guild.ages is None else [to_plan(call, token)]),
    ]
    said = [call.t("setup.people.live" if guild.live else "setup.people")]
    lines = [*adult(call, guild), *notes]
    return Reply(
        "\n".join([*said, *(f"- {line}" for line in lines)]),
        views.rows(who, [countries], last, adult_buttons(call, now, "people")),
    )


def adult(call: Call, guild: Guild) -> list[str]:
    """Say which adult is named to young people, or that one is missing; nothing where all are adults."""
    if guild.ages is None or not ages.rules(guild.ages).adult_in_threads:
        return []
    if guild.adult_id is None:
        return [call.t("setup.adult.missing")]
    return [call.t("setup.adult.named", id=guild.adult_id)]


def adult_buttons(call: Call, now: Underway, back: str) -> list[discord.ui.Item[Any]]:
    """Let whoever presses be named, or take their own name back; `back` is the screen that answers."""
    token, guild = now.programme.id, now.guild
    if guild.ages is None or not ages.rules(guild.ages).adult_in_threads:
        return []
    if guild.adult_id == call.actor.user_id:
        return [views.button(call.t("setup.button.adult_no"), f"setup:adult:{token}.no.{back}")]
    style = Style.primary if guild.adult_id is None else Style.secondary
    return [views.button(call.t("setup.button.adult"), f"setup:adult:{token}.yes.{back}", style)]


def channels(call: Call, now: Underway, page: int = 0) -> Reply:
    """Ask for channels that exist already; the others will be made, or are used together."""
    token, there = now.programme.id, at_hand(call).channels.keys()
    specs = now.preset.channels[page * CHANNELS_AT_ONCE : (page + 1) * CHANNELS_AT_ONCE]
    selects = [
        [
            discord.ui.ChannelSelect[Any](
                custom_id=f"setup:channel:{token}.{spec.purpose}",
                placeholder=call.t(
                    f"setup.channel.{spec.purpose}.ask", name=f"#{_made.channel_name(call, now, spec.purpose)}"
                )[:150],
                channel_types=[discord.ChannelType.text],
                min_values=0,
                default_values=_shown(now, "channel", spec.purpose, there),
            )
        ]
        for spec in specs
    ]
    pages = -(-len(now.preset.channels) // CHANNELS_AT_ONCE)
    last: list[discord.ui.Item[Any]] = [to_plan(call, token)]
    if pages > 1:
        last.append(views.button(call.t("setup.button.more"), f"setup:step:{token}.channels.{(page + 1) % pages}"))
    key = "setup.channels.live" if now.live else "setup.channels"
    return Reply(call.t(key, programme=name(call, now)), views.rows(*selects, last))


def page_of(now: Underway, purpose: str) -> int:
    """Return the page of the channels' screen on which a purpose is asked for."""
    return [spec.purpose for spec in now.preset.channels].index(purpose) // CHANNELS_AT_ONCE


def roles(call: Call, now: Underway) -> Reply:
    """Ask for roles that exist already; the others will be made, or are used together."""
    token, there = now.programme.id, at_hand(call).roles.keys()
    selects = [
        [
            discord.ui.RoleSelect[Any](
                custom_id=f"setup:role:{token}.{role.purpose}",
                placeholder=call.t(
                    f"setup.role.{role.purpose}.ask", name=call.t(_made.role_key(now.preset, role.purpose))
                )[:150],
                min_values=0,
                default_values=_shown(now, "role", role.purpose, there),
            )
        ]
        for role in now.preset.roles
    ]
    key = "setup.roles.live" if now.live else "setup.roles"
    return Reply(call.t(key, programme=name(call, now)), views.rows(*selects, [to_plan(call, token)]))


def _shown(now: Underway, what: str, purpose: str, there: Any) -> list[discord.Object]:
    """Return what a select shows as chosen already."""
    chosen: Mapping[str, int] = now.draft.channels if what == "channel" else now.draft.roles
    bound: Mapping[str, int] = now.programme.channels if what == "channel" else now.programme.roles
    known = (chosen.get(purpose), bound.get(purpose), *now.neighbours.offered.get((what, purpose), ()))
    gone = frozenset(one for one in known if one is not None and one not in there)
    found = meant(chosen.get(purpose), bound.get(purpose), gone)
    if found is None:
        found = now.together(gone).get((what, purpose))
    return [discord.Object(found)] if found is not None else []


def name(call: Call, now: Underway) -> str:
    """Return what the programme is called."""
    return call.t(f"programme.{now.preset.name}.name")


def to_plan(call: Call, token: str) -> discord.ui.Button[Any]:
    """Lead to the list of what will happen."""
    return views.button(call.t("setup.button.plan"), f"setup:step:{token}.plan", Style.primary)


def cancelled(call: Call, *, made: bool) -> Reply:
    """Say that nothing more is done, and whether something was."""
    return Reply(call.t("setup.cancelled" if made else "setup.cancelled.nothing", **words(call)))


def check_button(call: Call) -> discord.ui.Button[Any]:
    """Offer to look for what is missing."""
    return views.button(call.t("setup.button.check"), "setup:check:")


def _in_rows(buttons: Sequence[discord.ui.Item[Any]]) -> list[Sequence[discord.ui.Item[Any]]]:
    return [buttons[start : start + 5] for start in range(0, len(buttons), 5)]
