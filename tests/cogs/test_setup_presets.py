"""For each programme: what the dry run says is what is made, item by item, and nothing else; one after another in one server."""

from typing import Any

import discord
import pytest

from bot.domain.programmes import LOOKS_IN
from data.programmes import presets
from tests.cogs.setting_up import apply, is_well, to_plan, underway, wears, whole_guild
from tests.cogs.town import Town

PRESETS = sorted(presets())
READ = discord.Permissions(send_messages=True).value
VIEW = discord.Permissions(view_channel=True).value
PANELS = {"start": "checkins:mood:", "help": "help:reach:", "leaders": "lead:people:"}
"""How a panel is known by one of its buttons."""


def planned(content: str) -> list[str]:
    """Return the items of the list, without what is noted below."""
    return sorted(line.removeprefix("- ") for line in content.split("\n\n")[0].splitlines() if line.startswith("- "))


def made(town: Town, before: dict[str, Any], preset: str, wore: set[int], commands: int) -> list[str]:
    """Return what is there now and was not before, each thing in the words of the dry run."""
    after = whole_guild(town)
    new = {kind: _new(before[kind], after[kind]) for kind in ("roles", "channels")}
    roles = {str(one["id"]): str(one["name"]) for one in after["roles"]}
    out = [town.t("setup.item.make_role", name=one["name"]) for one in new["roles"]]
    assert all(one["permissions"] == "0" for one in new["roles"])
    gained = wears(town, town.ada) - wore
    out += [town.t("setup.item.give_role", name=roles[str(one)]) for one in gained]
    for one in new["channels"]:
        if one["type"] == discord.ChannelType.category.value:
            out.append(town.t("setup.item.make_category", name=one["name"]))
        else:
            out.append(town.t("setup.item.make_channel", name=one["name"], access=access(town, one, roles)))
    for one in new["channels"]:
        out += [town.t(f"setup.item.panel.{kind}", name=f"#{one['name']}") for kind in shown(town, int(one["id"]))]
    told = town.sent("PUT", f"/guilds/{town.guild.id}/commands")[commands:]
    if told:
        names = ", ".join(f"`/{command['name']}`" for command in told[-1])
        out.append(town.t("setup.item.commands", commands=names))
    return sorted(out)


def _new(before: list[Any], after: list[Any]) -> list[Any]:
    """Return what is new; what was there is as it was, but that Discord moves it up by one for each new role."""
    known = {one["id"]: one for one in before}
    kept = {one["id"]: one for one in after if one["id"] in known}
    assert kept.keys() == known.keys()
    for one_id, one in kept.items():
        assert {**one, "position": 0} == {**known[one_id], "position": 0}
    return [one for one in after if one["id"] not in known]


def access(town: Town, channel: Any, roles: dict[str, str]) -> str:
    """Say in the dry run's words who sees a channel and who writes in it."""
    rules = {str(one["id"]): (int(one["allow"]), int(one["deny"])) for one in channel["permission_overwrites"]}
    _, denied = rules.pop(str(town.guild.id), (0, 0))
    seen_by = [roles[one] for one, (allow, _) in rules.items() if one in roles and allow & VIEW]
    if denied & VIEW:
        (role,) = seen_by
        leads = role != town.t("setup.role.moderator")
        return town.t("setup.access.leaders" if leads else "setup.access.moderators", role=role)
    assert seen_by == []
    return town.t("setup.access.read" if denied & READ else "setup.access.talk")


def shown(town: Town, channel_id: int) -> list[str]:
    """Return which panels stand in a channel."""
    messages = list(town.env.backend.messages.get(channel_id, {}).values())
    return [kind for m in messages for kind, button in PANELS.items() if button in str(m.components)]


@pytest.mark.parametrize("preset", PRESETS)
async def test_the_dry_run_is_what_is_made_item_by_item(empty_town: Town, preset: str) -> None:
    town = empty_town
    before, wore = whole_guild(town), wears(town, town.ada)
    screen = await to_plan(town, preset=preset, countries=("GB",))
    said = planned(screen.content)
    assert whole_guild(town) == before
    commands = len(town.sent("PUT", f"/guilds/{town.guild.id}/commands"))
    await apply(town, screen)
    assert said == made(town, before, preset, wore, commands)
    assert len(said) == 15
    assert await is_well(town)


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "recovery"])
async def test_beside_another_programme_the_dry_run_names_what_both_use_together(town: Town, preset: str) -> None:
    first = await town.programme()
    before, wore = whole_guild(town), wears(town, town.ada)
    screen = await to_plan(town, preset=preset)
    said = planned(screen.content)
    commands = len(town.sent("PUT", f"/guilds/{town.guild.id}/commands"))
    await apply(town, screen)
    name, recovery = (town.t(f"programme.{one}.name") for one in (preset, "recovery"))
    shared = [
        town.t(
            "setup.item.share.channel",
            id=first.channels[purpose],
            use=town.t(f"setup.use.{purpose}", programme=name),
            programme=recovery,
        )
        for purpose in ("help", "moderators")
    ]
    moderator = town.t("setup.role.moderator")
    shared.append(town.t("setup.item.share.role", id=first.roles["moderator"], name=moderator, programme=recovery))
    assert said == sorted([*made(town, before, preset, wore, commands), *shared])
    assert len(shown(town, first.channels["help"])) == 1
    assert await is_well(town)


async def test_all_five_programmes_stand_side_by_side(empty_town: Town) -> None:
    town = empty_town
    for preset in PRESETS:
        await apply(town, await to_plan(town, preset=preset, countries=("GB",)))
    assert await is_well(town)
    found = [await underway(town, preset) for preset in PRESETS]
    assert all(one.live for one in found)
    assert len({one.programme.channels["help"] for one in found}) == 1
    assert len({one.programme.channels["start"] for one in found}) == len(PRESETS)
    channels = [c.name for c in town.env.backend.channels.values()]
    roles = [r.name for r in town.env.backend.get_guild(town.guild.id).roles.values()]
    for names in (channels, roles):
        assert len(names) == len(set(names))
    for one in found:
        heading = one.programme.category_id
        below = {c.name for c in town.env.backend.channels.values() if c.parent_id == heading}
        assert {
            town.t(f"programme.{one.preset.name}.channel.{p}") for p in ("start", "meetings", "group", "leaders")
        } <= below


@pytest.mark.parametrize("preset", PRESETS)
async def test_what_is_for_leaders_or_moderators_is_seen_by_them_alone(empty_town: Town, preset: str) -> None:
    town = empty_town
    await apply(town, await to_plan(town, preset=preset, mine=False))
    now = await underway(town, preset)
    guild = town.bot.get_guild(town.guild.id)
    assert guild is not None
    for spec in now.preset.channels:
        channel = guild.get_channel(now.programme.channels[spec.purpose])
        assert channel is not None
        for who in (town.mia, town.leo, town.sam):
            seen = channel.permissions_for(await guild.fetch_member(who.id))
            assert seen.view_channel is (spec.access not in LOOKS_IN)
            assert seen.send_messages is (spec.access == "talk")
        for purpose, role_id in now.programme.roles.items():
            role = guild.get_role(role_id)
            assert role is not None
            looks_in = spec.access not in LOOKS_IN or LOOKS_IN[spec.access] == purpose
            assert channel.permissions_for(role).view_channel is looks_in
