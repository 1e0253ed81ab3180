"""One person's record: what they have learned, certificates, rest, and taking them off the list."""

from typing import Any

import discord
from discord.ext import commands

from bot.domain import leaders as rules
from bot.domain.guilds import Guild, Programme
from bot.errors import PeerError
from bot.kit import guards, views
from bot.kit.bot import PeerBot
from bot.kit.call import NO_ANSWER, Call, Reply
from bot.kit.router import route
from bot.kit.views import Style
from bot.services import leaders
from bot.services.leaders import Seen
from cogs.lead._words import day, parts, state, training


def screen(call: Call, guild: Guild, programme: Programme, seen: Seen, notice: str = "") -> Reply:
    """Show a record to somebody who may see it, with the buttons that are theirs."""
    said = [notice, ""] if notice else []
    privacy = call.interaction.client.command_sets.mention("privacy", guild)
    said += [
        call.t("leaders.person", person=f"<@{seen.user_id}>", state=state(call, guild, programme, seen.leader)),
        *_checklist(call, guild, programme, seen),
        call.t("leaders.person.kept", day=day(guild, seen.leader.added_on), privacy=privacy),
    ]
    return Reply("\n".join(said), views.rows(_training(call, programme, seen), _settling(call, programme, seen)))


def _checklist(call: Call, guild: Guild, programme: Programme, seen: Seen) -> list[str]:
    leader = seen.leader
    lines = [
        call.t("leaders.learn.yes" if one in leader.learned else "leaders.learn.no", what=call.t(f"training.{one}"))
        for one in rules.to_learn(training(programme))
    ]
    observed = leader.observed_on
    lines.append(
        call.t("leaders.observe.yes", day=day(guild, observed))
        if observed is not None
        else call.t("leaders.observe.no")
    )
    if leader.certified_on is not None and leader.trained_elsewhere:
        lines.append(call.t("leaders.person.elsewhere"))
    if leader.resting_since is not None and leader.certified_on is not None:
        lines.append(call.t("leaders.person.certified", day=day(guild, leader.certified_on)))
    return lines


def _training(call: Call, programme: Programme, seen: Seen) -> list[discord.ui.Item[Any]]:
    leader, may, token = seen.leader, seen.may, f"{programme.id}.{seen.leader.id}"
    listed = training(programme)
    buttons: list[discord.ui.Item[Any]] = []
    if may.teach and rules.to_learn(listed):
        buttons.append(views.button(call.t("leaders.button.learn"), f"lead:learn:{token}", Style.primary))
    if may.observe:
        buttons.append(views.button(call.t("leaders.button.observe"), f"lead:observe:{token}"))
    if leader.certified_on is None and may.certify:
        ready = rules.is_ready(leader, listed)
        certify = views.button(
            call.t("leaders.button.certify"), f"lead:certify:{token}", Style.success, disabled=not ready
        )
        buttons.append(certify)
    if leader.certified_on is None and may.certify_elsewhere:
        buttons.append(views.button(call.t("leaders.button.elsewhere"), f"lead:elsewhere:{token}"))
    return buttons


def _settling(call: Call, programme: Programme, seen: Seen) -> list[discord.ui.Item[Any]]:
    may, token = seen.may, f"{programme.id}.{seen.leader.id}"
    buttons: list[discord.ui.Item[Any]] = []
    if may.settle:
        buttons.append(_rest_button(call, programme, seen))
        remove = "leaders.button.leave" if may.own else "leaders.button.remove"
        buttons.append(views.button(call.t(remove), f"lead:remove:{token}", Style.danger))
    if may.teach:
        buttons.append(views.button(call.t("leaders.button.everybody"), f"lead:people:{programme.id}"))
    return buttons


def _rest_button(call: Call, programme: Programme, seen: Seen) -> discord.ui.Button[Any]:
    token = f"{programme.id}.{seen.leader.id}"
    if seen.leader.resting_since is not None:
        key = "leaders.button.back_own" if seen.may.own else "leaders.button.back"
        return views.button(call.t(key), f"lead:rest-off:{token}", Style.success)
    key = "leaders.button.need_rest" if seen.may.own else "leaders.button.rest"
    return views.button(call.t(key), f"lead:rest-on:{token}")


class Person(commands.Cog):
    """The buttons of a person's record, and the panel's button for a rest."""

    def __init__(self, bot: PeerBot) -> None:
        self.bot = bot

    @route("lead:person", guard=guards.member, in_place=True)
    async def person(self, call: Call) -> Reply:
        """Show a record: to leaders anybody's, to others their own."""
        guild, programme, row_id, _ = await parts(call)
        seen = await leaders.person(call.tools.db, call.actor, programme, row_id)
        return screen(call, guild, programme, seen)

    # -- training ---------------------------------------------------------------------------------------------------

    @route("lead:learn", guard=guards.leader, opens_form=True)
    async def learn(self, call: Call) -> None:
        """Open the checklist, filled with what stands there."""
        _, programme, row_id, _ = await parts(call)
        seen = await leaders.person(call.tools.db, call.actor, programme, row_id)
        options = [
            discord.CheckboxGroupOption(
                label=call.t(f"training.{one}")[:100], value=one, default=one in seen.leader.learned
            )
            for one in rules.to_learn(training(programme))
        ]
        ticks = discord.ui.CheckboxGroup[Any](
            custom_id="learned", required=False, min_values=0, max_values=len(options), options=options
        )
        label = discord.ui.Label[Any](text=call.t("leaders.form.learned"), component=ticks)
        token = f"{programme.id}.{row_id}.{rules.revision(seen.leader.learned)}"
        await call.open_form(views.form(call.t("leaders.form.title"), f"lead:learned:{token}", label))

    @route("lead:learned", guard=guards.leader, in_place=True)
    async def learned(self, call: Call) -> Reply:
        """Write down what is ticked off."""
        guild, programme, row_id, was = await parts(call)
        ticked = call.fields.get("learned") or []
        if not isinstance(ticked, list) or not all(isinstance(one, str) for one in ticked):
            raise PeerError("error.form_changed")
        seen = await leaders.tick(
            call.tools.db, call.actor, programme, row_id, training=training(programme), learned=ticked, was=was
        )
        return screen(call, guild, programme, seen)

    @route("lead:observe", guard=guards.leader, in_place=True)
    async def observe(self, call: Call) -> Reply:
        """Write down that they were observed today."""
        guild, programme, row_id, _ = await parts(call)
        seen = await leaders.observe(call.tools.db, call.tools.clock, call.actor, guild, programme, row_id)
        return screen(call, guild, programme, seen)

    # -- certificates -----------------------------------------------------------------------------------------------

    @route("lead:certify", guard=guards.leader, in_place=True)
    async def certify(self, call: Call) -> Reply:
        """Certify somebody who has learned everything and was observed."""
        return await self._certify(call, elsewhere=False)

    @route("lead:elsewhere", guard=guards.admin, in_place=True)
    async def elsewhere(self, call: Call) -> Reply:
        """Ask before somebody is certified as trained elsewhere."""
        _, programme, row_id, _ = await parts(call)
        seen = await leaders.person(call.tools.db, call.actor, programme, row_id)
        token = f"{programme.id}.{row_id}"
        yes = views.button(call.t("leaders.button.elsewhere_yes"), f"lead:elsewhere-yes:{token}", Style.success)
        no = views.button(call.t("leaders.button.no"), f"lead:person:{token}")
        return Reply(call.t("leaders.elsewhere.ask", person=f"<@{seen.user_id}>"), views.rows([yes, no]))

    @route("lead:elsewhere-yes", guard=guards.admin, in_place=True)
    async def elsewhere_yes(self, call: Call) -> Reply:
        """Certify somebody who was trained elsewhere."""
        return await self._certify(call, elsewhere=True)

    async def _certify(self, call: Call, *, elsewhere: bool) -> Reply:
        guild, programme, row_id, _ = await parts(call)
        tools = call.tools
        seen = await leaders.certify(
            tools.db,
            tools.clock,
            tools.guilds,
            call.actor,
            guild,
            programme,
            row_id,
            training=training(programme),
            elsewhere=elsewhere,
        )
        await self.bot.refresh_guild(guild.guild_id)
        said = [call.t("leaders.certify.done", person=f"<@{seen.user_id}>")]
        role_id = programme.roles.get("leader")
        if role_id is not None and role_id not in await _worn_by(call, seen):
            said.append(call.t("leaders.certify.role", person=f"<@{seen.user_id}>", role=f"<@&{role_id}>"))
        return screen(call, guild, programme, seen, "\n".join(said))

    # -- rest -------------------------------------------------------------------------------------------------------

    @route("lead:rest", guard=guards.member)
    async def rest(self, call: Call) -> Reply:
        """Let whoever presses rest, at one tap and without a reason."""
        guild, programme, _, _ = await parts(call)
        own = await leaders.own(call.tools.db, call.actor, programme)
        if own is None:
            return Reply(call.t("leaders.rest.not_listed"))
        seen = await self._rest(call, guild, programme, own.id, resting=True)
        assert seen.leader.resting_since is not None
        said = call.t("leaders.rest.begun")
        if own.resting_since is not None:
            said = call.t("leaders.rest.still", day=day(guild, own.resting_since))
        return Reply(said, views.rows([_rest_button(call, programme, seen)]))

    @route("lead:rest-on", guard=guards.member, in_place=True)
    async def rest_on(self, call: Call) -> Reply:
        """Let the person of a record rest."""
        guild, programme, row_id, _ = await parts(call)
        seen = await self._rest(call, guild, programme, row_id, resting=True)
        return screen(call, guild, programme, seen, call.t("leaders.rest.begun") if seen.may.own else "")

    @route("lead:rest-off", guard=guards.member, in_place=True)
    async def rest_off(self, call: Call) -> Reply:
        """Let the person of a record be back from their rest."""
        guild, programme, row_id, _ = await parts(call)
        seen = await self._rest(call, guild, programme, row_id, resting=False)
        return screen(call, guild, programme, seen, call.t("leaders.rest.ended") if seen.may.own else "")

    async def _rest(self, call: Call, guild: Guild, programme: Programme, row_id: str, *, resting: bool) -> Seen:
        tools = call.tools
        seen = await leaders.rest(
            tools.db, tools.clock, tools.guilds, call.actor, guild, programme, row_id, resting=resting
        )
        await self.bot.refresh_guild(guild.guild_id)
        return seen

    # -- leaving the list -------------------------------------------------------------------------------------------

    @route("lead:remove", guard=guards.member, in_place=True)
    async def remove(self, call: Call) -> Reply:
        """Say what would be deleted, and ask."""
        _, programme, row_id, _ = await parts(call)
        seen = await leaders.person(call.tools.db, call.actor, programme, row_id)
        token = f"{programme.id}.{row_id}"
        yes = views.button(call.t("leaders.button.remove_yes"), f"lead:remove-yes:{token}", Style.danger)
        no = views.button(call.t("leaders.button.no"), f"lead:person:{token}")
        return Reply(call.t("leaders.remove.ask", person=f"<@{seen.user_id}>"), views.rows([yes, no]))

    @route("lead:remove-yes", guard=guards.member, in_place=True)
    async def remove_yes(self, call: Call) -> Reply:
        """Take the person off the list with all that it says of them."""
        guild, programme, row_id, _ = await parts(call)
        tools = call.tools
        seen = await leaders.remove(tools.db, tools.guilds, call.actor, guild, programme, row_id)
        await self.bot.refresh_guild(guild.guild_id)
        back: list[discord.ui.Item[Any]] = []
        if seen.may.teach:
            back.append(views.button(call.t("leaders.button.everybody"), f"lead:people:{programme.id}"))
        return Reply(call.t("leaders.remove.done", person=f"<@{seen.user_id}>"), views.rows(back))


async def _worn_by(call: Call, seen: Seen) -> frozenset[int]:
    """Return the roles somebody wears; none where Discord does not say."""
    if seen.may.own:
        return call.actor.role_ids
    try:
        found = await call.interaction.client.http.get_member(call.guild_id, seen.user_id)
    except (discord.HTTPException, *NO_ANSWER):
        return frozenset()
    return frozenset(int(role) for role in found["roles"])
