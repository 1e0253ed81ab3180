"""The set-up in a real process that is killed in the middle: it is taken up where it stood, and nothing is there twice."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain import rights
from bot.services import setup
from bot.texts import Texts
from tests.loopback import Answer, Channel, Fault, Guild, Loopback, Person, Process

TEXTS = Texts.load()
APPLY = "setup:apply:"


class Empty:
    """A server in which nothing was ever set up, with somebody who manages it and a bot that runs."""

    def __init__(self, discord: Loopback, process: Process, offset: Path) -> None:
        self.discord, self.process, self.offset = discord, process, offset
        self.guild: Guild = discord.guild("Harbour")
        self.general: Channel = self.guild.channel("general")
        self.ada: Person = discord.person("Ada", self.guild, manage_guild=True, manage_roles=True)
        bot = discord.backend.get_member(self.guild.id, discord.backend.bot_user.id)
        own = discord.backend.create_role(self.guild.id, "peerled", permissions=rights.with_set_up())
        bot.role_ids.append(own.id)

    def names(self) -> Counter[str]:
        """Count what is there, by name."""
        backend = self.discord.backend
        guild = backend.get_guild(self.guild.id)
        channels = [backend.channels[one].name or "" for one in guild.channel_ids]
        return Counter([*channels, *(role.name for role in guild.roles.values())])

    async def plan(self) -> Answer:
        """Go from nothing to the plan of the recovery programme."""
        screen = await (await self.ada.slash(self.general, "setup start")).finished()
        await (await self.ada.press(screen, custom_id="setup:programme:recovery")).finished()
        ages = next(one for one in ids(screen) if one.startswith("setup:ages:") and one.endswith(".adults"))
        await (await self.ada.press(screen, custom_id=ages)).finished()
        return screen

    async def plan_again(self) -> Answer:
        """Go straight to the plan of what was begun."""
        return await (await self.ada.slash(self.general, "setup apply")).finished()


def ids(screen: Answer) -> list[str]:
    """Return the ids of the buttons on a screen."""
    return [button.custom_id or "" for button in screen.message.buttons]


def apply_of(screen: Answer) -> str:
    return next(one for one in ids(screen) if one.startswith(APPLY))


@pytest.fixture
async def empty(discord: Loopback, tmp_path: Path) -> AsyncIterator[Empty]:
    """The real bot in a server in which nothing was set up."""
    config = tmp_path / "config.toml"
    config.write_text(
        f'[storage]\nurl = "sqlite:///data/peerled.db"\n\n[security]\nmaster_key = "{secrets.token_hex(32)}"\n'
        '\n[clock]\noffset_file = "offset"\n',
        encoding="utf-8",
    )
    config.chmod(0o600)
    discord.gateway.identify_interval = 0
    process = discord.process(config, PEERLED_ALLOW_TEST_CLOCK="1")
    found = Empty(discord, process, tmp_path / "offset")
    async with process:
        await process.ready()
        yield found


@pytest.mark.parametrize(
    ("route", "nth"),
    [("POST /guilds/*/roles", 1), ("POST /guilds/*/channels", 0), ("POST /guilds/*/channels", 3)],
    ids=["role", "first channel", "later channel"],
)
async def test_a_set_up_killed_in_the_middle_goes_on_and_makes_nothing_twice(
    discord: Loopback, empty: Empty, route: str, nth: int
) -> None:
    screen = await empty.plan()
    before = len(discord.called(route))
    # What is made before the one that gets no answer is made as usual.
    empty.ada.pressing(screen, custom_id=apply_of(screen))
    await discord.until(lambda: len(discord.called(route)) > before + nth - 1, within=20)
    hanging = discord.fault(route, Fault.HANG_AFTER)
    await discord.until(lambda: hanging.hits, within=20, what="the call that hangs")
    await empty.process.kill()
    # An attempt that nobody goes on with keeps others out for a while.
    empty.offset.write_text(str(2 * setup.ATTEMPT_LASTS.total_seconds()), encoding="utf-8")
    await empty.process.restart()

    screen = await empty.plan_again()
    done = await empty.ada.press(screen, custom_id=apply_of(screen))
    stands = TEXTS.t("en", "setup.done.but", start="…", help="…").partition("…")[0]
    await discord.until(lambda: stands in done.text, within=30, what="that it stands")
    assert {name: count for name, count in empty.names().items() if count > 1} == {}
    start = empty.guild.find(TEXTS.t("en", "programme.recovery.channel.start"))
    assert len(start.messages) == 1
