"""At the start one thing that fails keeps nothing else waiting, and guilds come and go without losing their commands."""

import datetime as dt

import pytest
import sqlalchemy as sa
from simcord.backend import serializers

from bot.kit.bot import PeerBot
from data.schema import guilds
from data.store import guilds as store
from tests.cogs.town import Town, make_bot, read

CORE = "/applications/*/commands"
GUILD = "/applications/*/guilds/*/commands"


def puts(town: Town, since: int = 0) -> list[str]:
    return [r.path for r in town.env.http_requests[since:] if r.method == "PUT" and r.path.endswith("/commands")]


async def removed_at(town: Town) -> dt.datetime | None:
    query = sa.select(guilds.c.removed_at).where(guilds.c.guild_id == town.guild.id)
    return await town.db.read(lambda tx: tx.execute(query).scalar_one())


async def forget_what_was_told(town: Town) -> None:
    """Make the next start tell Discord the commands anew, and post the Help now panel, as after an update."""
    panel = await town.panel("help")
    town.env.backend.messages[panel.channel.id].pop(panel.id)
    await town.db.write(lambda tx: tx.execute(sa.text("DELETE FROM meta WHERE key = 'core_commands'")))
    await town.db.write(lambda tx: tx.execute(sa.update(guilds).values(commands_hash="0" * 64)))


@pytest.mark.parametrize("status", [400, 401, 429, 500])
async def test_core_commands_that_fail_keep_neither_guilds_nor_panels_waiting(town: Town, status: int) -> None:
    await forget_what_was_told(town)
    town.env.inject_error("PUT", CORE, status=status, times=1)
    since = len(town.env.http_requests)
    await town.restart()
    await town.env.settle()
    assert town.bot.settled.is_set()
    assert any(f"/guilds/{town.guild.id}/" in path for path in puts(town, since))
    assert (await town.panel("help")).content
    assert town.bot.token_refused.is_set() == (status == 401)


async def test_core_commands_that_got_no_answer_are_told_again_later(town: Town) -> None:
    await forget_what_was_told(town)
    town.env.inject_error("PUT", CORE, status=500, times=2)
    await town.restart()
    await town.env.settle()
    since = len(town.env.http_requests)
    await town.env.advance_time(50)
    assert [path for path in puts(town, since) if "/guilds/" not in path]
    since = len(town.env.http_requests)
    await town.env.advance_time(10_000)
    assert puts(town, since) == []


async def test_one_guild_that_fails_keeps_no_other_waiting(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await forget_what_was_told(town)
    first = town.env.create_guild("Elsewhere")
    await town.env.settle()
    town.bot = make_bot(town.db, town.clock, town.texts)
    get = town.bot.tools.guilds.get

    async def unreadable(guild_id: int) -> object:
        if guild_id == first.id:
            raise RuntimeError("a row that nobody foresaw")
        return await get(guild_id)

    monkeypatch.setattr(town.bot.tools.guilds, "get", unreadable)
    monkeypatch.setattr(PeerBot, "guilds", property(lambda bot: [first, bot.get_guild(town.guild.id)]))
    since = len(town.env.http_requests)
    await town.env.restart_bot(town.bot)
    await town.env.settle()
    assert town.bot.settled.is_set()
    assert any(f"/guilds/{town.guild.id}/" in path for path in puts(town, since))
    assert (await town.panel("help")).content


async def test_help_now_knows_the_country_before_the_start_has_come_to_the_guild(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.bot = make_bot(town.db, town.clock, town.texts)

    async def not_yet() -> None:
        return

    monkeypatch.setattr(town.bot.upkeep, "all", not_yet)
    await town.env.restart_bot(town.bot)
    assert "999" in read(await town.mia.slash(town.general, "help-now")).content


async def test_invited_again_a_guild_gets_its_commands_again(town: Town) -> None:
    taken = serializers.guild_create_payload(town.env.backend, town.env.backend.get_guild(town.guild.id))
    town.env.backend.emit("GUILD_DELETE", {"id": str(town.guild.id)})
    await town.env.settle()
    assert await removed_at(town) == town.clock.now()
    since = len(town.env.http_requests)
    taken.pop("unavailable")  # which Discord says of a guild that comes back from an outage only
    town.env.backend.emit("GUILD_CREATE", taken)
    await town.env.settle()
    assert [path for path in puts(town, since) if f"/guilds/{town.guild.id}/" in path]
    assert await removed_at(town) is None


async def test_invited_again_while_the_bot_was_away_a_guild_gets_its_commands_again(town: Town) -> None:
    member = town.env.backend.get_member(town.guild.id, town.env.backend.bot_user.id)
    member.joined_at = "2026-11-25T10:00:00+00:00"
    since = len(town.env.http_requests)
    await town.restart()
    await town.env.settle()
    assert [path for path in puts(town, since) if f"/guilds/{town.guild.id}/" in path]


async def test_taken_out_while_the_bot_was_away_is_noticed_at_the_start(town: Town) -> None:
    elsewhere = town.guild.id + (1 << 22)

    async def has_left() -> bool:
        return (await town.db.read(store.fetch_removed))[elsewhere]

    known = {"key_salt": bytes(16), "locale": "en", "zone": "UTC", "countries": [], "now": town.clock.now()}
    await town.db.write(lambda tx: store.ensure(tx, elsewhere, **known))
    assert not await has_left()
    await town.restart()
    await town.env.settle()
    assert await has_left()
    assert await removed_at(town) is None


async def test_an_outage_of_discord_is_no_farewell(town: Town) -> None:
    back = serializers.guild_create_payload(town.env.backend, town.env.backend.get_guild(town.guild.id))
    since = len(town.env.http_requests)
    town.env.backend.emit("GUILD_DELETE", {"id": str(town.guild.id), "unavailable": True})
    town.env.backend.emit("GUILD_CREATE", {**back, "unavailable": False})
    await town.env.settle()
    assert puts(town, since) == []
    assert await removed_at(town) is None


async def test_another_application_on_the_same_database_tells_its_own_commands(town: Town) -> None:
    known = dict(town.bot.command_sets.core_ids)
    town.env.backend.application_id += 1
    town.env.backend.commands.clear()
    since = len(town.env.http_requests)
    await town.restart()
    await town.env.settle()
    assert len(puts(town, since)) == 2
    assert town.bot.command_sets.core_ids.keys() == known.keys()
    assert town.bot.command_sets.core_ids != known


async def test_only_help_and_ones_own_data_are_offered_where_peerled_is_no_member(town: Town) -> None:
    told = [command for body in town.sent("PUT", "/commands") for command in body]
    everywhere = {command["name"] for command in told if 1 in (command["integration_types"] or [1])}
    assert everywhere == {"help", "help-now", "privacy"}
    assert {command["name"] for command in told} == {
        *everywhere,
        "admin",
        "checkin",
        "lead",
        "meetings",
        "settings",
        "setup",
    }


async def test_nothing_is_tried_again_after_the_end(town: Town) -> None:
    was = await town.panel("start")
    town.env.inject_error("POST", "/channels/*/messages", status=500, times=1)
    town.env.backend.delete_message(was.channel.id, was.id)
    await town.env.settle()
    trying = town.bot.upkeep._trying
    assert trying is not None
    assert not trying.done()
    await town.restart()
    assert trying.cancelled()
