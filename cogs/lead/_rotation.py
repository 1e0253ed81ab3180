"""`/lead rotation`: from what was typed to the screen that answers. The screens stand in `_rotation_screens`."""

from collections.abc import Awaitable, Callable

import discord
from discord import app_commands

from bot.domain.guilds import Guild, Programme
from bot.domain.rotations import Rules
from bot.errors import PeerError
from bot.kit import guards, which
from bot.kit.bot import PeerBot
from bot.kit.call import Call, Handler, Reply, command
from bot.services import rotations
from bot.services.rotations import Shown
from cogs.lead import _rotation_screens as screens

Interaction = "discord.Interaction[PeerBot]"
Change = Callable[[Call, Guild, Programme, Shown], Awaitable[Reply]]
Person = discord.Member | discord.User


class Rotation(app_commands.Group):
    """The commands."""

    def __init__(self) -> None:
        super().__init__(name="rotation", description="rotations.command")

    @app_commands.command(name="create", description="rotations.command.create")
    @app_commands.describe(
        name="rotations.command.create.name",
        seats="rotations.command.create.seats",
        rest="rotations.command.create.rest",
        days="rotations.command.create.days",
    )
    async def create(
        self,
        interaction: "discord.Interaction[PeerBot]",
        name: app_commands.Range[str, 1, rotations.MOST_NAME],
        seats: app_commands.Range[int, 1, 2] = 2,
        rest: app_commands.Range[int, 0, 10] = 0,
        days: app_commands.Range[int, 0, 3650] = 0,
    ) -> None:
        """Make a pool."""
        await command(interaction, _create(name, Rules(seats, rest, days)), guard=guards.member)

    @app_commands.command(name="add", description="rotations.command.add")
    @app_commands.describe(member="rotations.command.add.member")
    async def add(self, interaction: "discord.Interaction[PeerBot]", member: discord.User | None = None) -> None:
        """Put somebody into a pool."""
        await command(interaction, _one_pool(_adding(member)), guard=guards.member)

    @app_commands.command(name="remove", description="rotations.command.remove")
    @app_commands.describe(member="rotations.command.remove.member")
    async def remove(self, interaction: "discord.Interaction[PeerBot]", member: discord.User | None = None) -> None:
        """Take somebody out of a pool."""
        await command(interaction, _one_pool(_removing(member)), guard=guards.member)

    @app_commands.command(name="show", description="rotations.command.show")
    async def show(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Show a pool."""
        await command(interaction, _one_pool(_showing), guard=guards.member)

    @app_commands.command(name="balance", description="rotations.command.balance")
    async def balance(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Show how turns stand."""
        await command(interaction, _one_pool(screens.balance), guard=guards.member)


def _create(name: str, rules: Rules) -> Handler:
    async def handle(call: Call) -> Reply:
        found = await _meant(call)
        if isinstance(found, Reply):
            return found
        guild, programme = found
        shown = await rotations.create(call.tools.db, call.tools.clock, call.actor, programme, name, rules)
        return screens.pool(call, guild, programme, shown, call.t("rotations.create.done"))

    return handle


def _one_pool(change: Change) -> Handler:
    """Go on with the programme's one pool; where there are several, with the list of them."""

    async def handle(call: Call) -> Reply:
        found = await _meant(call)
        if isinstance(found, Reply):
            return found
        guild, programme = found
        known = await rotations.pools(call.tools.db, call.actor, programme)
        if len(known) != 1:
            return await screens.everything(call, guild, programme)
        shown = await rotations.show(call.tools.db, call.tools.clock, call.actor, programme, known[0].id)
        return await change(call, guild, programme, shown)

    return handle


async def _showing(call: Call, guild: Guild, programme: Programme, shown: Shown) -> Reply:
    return screens.pool(call, guild, programme, shown)


def _adding(person: Person | None) -> Change:
    async def change(call: Call, guild: Guild, programme: Programme, shown: Shown) -> Reply:
        if person is None:
            return screens.pool(call, guild, programme, shown)
        if not isinstance(person, discord.Member):
            raise PeerError("leaders.add.not_here")
        return await screens.put_in(call, guild, programme, shown.pool.id, person.id, is_bot=person.bot)

    return change


def _removing(person: Person | None) -> Change:
    async def change(call: Call, guild: Guild, programme: Programme, shown: Shown) -> Reply:
        if person is None:
            return screens.pool(call, guild, programme, shown)
        one = next((one for one in shown.people if one.user_id == person.id), None)
        if one is None:
            raise PeerError("rotations.not_in_pool")
        return screens.ask_remove(call, programme, shown, one)

    return change


async def _meant(call: Call) -> tuple[Guild, Programme] | Reply:
    """Return the programme that is meant, to somebody who leads it."""
    found = await which.programme(call, "lead:pools")
    if not isinstance(found, Reply):
        guards.must_lead(call.actor, found[1])
    return found
