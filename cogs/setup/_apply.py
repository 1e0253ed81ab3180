"""Doing what the dry run showed, item by item. Each thing made is written down at once, so that a second try goes on
from there."""

import discord

from bot.domain.programmes import ChannelSpec, Item
from bot.errors import PeerError
from bot.kit.call import Call
from bot.services import setup
from bot.services.setup import Underway
from cogs.setup import _steps


async def apply(call: Call, now: Underway) -> None:
    """Do every item of the plan that is about roles and channels; raises PeerError where Discord refuses one."""
    guild = call.interaction.guild
    assert guild is not None
    items = [item for item in now.items if item.kind not in ("panel", "commands")]
    for number, item in enumerate(items, 1):
        said = _steps.describe(call, now, item)
        await call.progress(call.t("setup.progress", number=number, total=len(items), item=said))
        try:
            await _do(call, guild, now, item)
        except discord.Forbidden:
            raise PeerError("setup.forbidden", item=said) from None
        except discord.HTTPException as error:
            raise PeerError("setup.refused", item=said, code=error.code) from None
        now = await setup.underway(call.tools.db, call.guild_id, now.programme.id)


async def _do(call: Call, guild: discord.Guild, now: Underway, item: Item) -> None:
    match item.kind:
        case "make_role":
            role = await guild.create_role(name=_steps.role_name(call, item.purpose), reason=call.t("setup.reason"))
            await setup.bound(call.tools.db, guild.id, now.programme.id, item, role.id)
        case "make_channel":
            spec = now.preset.channel(item.purpose)
            assert spec is not None
            channel = await guild.create_text_channel(
                _steps.channel_name(call, item.purpose),
                overwrites=_overwrites(guild, now, spec),
                topic=call.t(f"setup.topic.{item.purpose}"),
                reason=call.t("setup.reason"),
            )
            await setup.bound(call.tools.db, guild.id, now.programme.id, item, channel.id)
        case "use_role" | "use_channel":
            assert item.discord_id is not None
            known = guild.get_role if item.kind == "use_role" else guild.get_channel
            if known(item.discord_id) is None:
                raise PeerError("setup.chosen_gone")
            await setup.bound(call.tools.db, guild.id, now.programme.id, item, item.discord_id)
        case "give_roles":
            roles = [discord.Object(role_id) for role_id in now.programme.roles.values()]
            assert isinstance(call.interaction.user, discord.Member)
            await call.interaction.user.add_roles(*roles, reason=call.t("setup.reason"))


def _overwrites(
    guild: discord.Guild, now: Underway, spec: ChannelSpec
) -> dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite]:
    """Return who may do what in a channel of ours; the bot itself may always post there."""
    everyone = discord.PermissionOverwrite()
    out: dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite] = {
        guild.default_role: everyone,
        guild.me: discord.PermissionOverwrite(
            view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True
        ),
    }
    if spec.access == "talk":
        return out
    if spec.access == "read":
        everyone.update(
            view_channel=True,
            send_messages=False,
            add_reactions=False,
            create_public_threads=False,
            create_private_threads=False,
        )
        return out
    everyone.update(view_channel=False)
    moderators = guild.get_role(now.programme.roles["moderator"])
    if moderators is None:
        raise PeerError("setup.chosen_gone")
    out[moderators] = discord.PermissionOverwrite(view_channel=True, send_messages=True, read_message_history=True)
    return out
