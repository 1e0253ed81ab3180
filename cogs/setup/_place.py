"""The server as Discord describes it, and what that means for whoever presses. Decides no rule and changes nothing."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import aiohttp
import discord

from bot.domain.actor import Actor
from bot.errors import PeerError
from bot.kit import call as kit
from bot.kit import views
from bot.kit.call import CONTENT_LIMIT, Call, Reply, is_limit

NO_ANSWER = (discord.HTTPException, *kit.NO_ANSWER)
"""What is raised where Discord refuses, or gives no answer at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """A server's channels and roles, and who is acting in it."""

    guild: discord.Guild
    channels: dict[int, discord.abc.GuildChannel]
    roles: dict[int, discord.Role]
    actor: Actor

    @property
    def everyone(self) -> discord.Role:
        """The role that everybody wears."""
        return self.roles[self.guild.id]

    @property
    def own_rights(self) -> discord.Permissions:
        """What the bot itself may do in the server."""
        return self._rights(role.id for role in self.guild.me.roles)

    @property
    def manages_roles(self) -> bool:
        """Whether the person may give roles: in the server, not only by a rule of the channel in which they press."""
        if self._owns:
            return True
        rights = self._rights(self.actor.role_ids)
        return rights.administrator or rights.manage_roles

    def below_person(self, role: discord.Role) -> bool:
        """Tell whether a role stands below the person's own highest one, as it must for them to give it."""
        return self._owns or role < self._top(self.actor.role_ids)

    def below_bot(self, role: discord.Role) -> bool:
        """Tell whether a role stands below the bot's own highest one, as it must for the bot to give it."""
        return role < self._top(one.id for one in self.guild.me.roles)

    def seen_by(self, channel: discord.abc.GuildChannel, role: discord.Role) -> bool:
        """Tell whether somebody with this role, and no other, can look into a channel."""
        return channel.permissions_for(role).view_channel

    @property
    def _owns(self) -> bool:
        return self.actor.user_id == self.guild.owner_id

    def _worn(self, role_ids: Iterable[int]) -> list[discord.Role]:
        return [self.roles[one] for one in {*role_ids, self.guild.id} if one in self.roles]

    def _rights(self, role_ids: Iterable[int]) -> discord.Permissions:
        rights = discord.Permissions.none()
        for role in self._worn(role_ids):
            rights |= role.permissions
        return discord.Permissions.all() if rights.administrator else rights

    def _top(self, role_ids: Iterable[int]) -> discord.Role:
        return max(self._worn(role_ids))


def here(call: Call) -> discord.Guild:
    """Return the server; raises PeerError where the bot is not a member, as with a command that only a person added."""
    found = call.interaction.client.get_guild(call.guild_id)
    if found is None:
        raise PeerError("setup.check.no_bot")
    return found


def at_hand(call: Call) -> Place:
    """Return the server as far as Discord has told of it by itself: enough for what is asked again before it is done."""
    guild = here(call)
    return Place(guild, {c.id: c for c in guild.channels}, {r.id: r for r in guild.roles}, call.actor)


async def ask(call: Call) -> Place:
    """Ask Discord for the server as it is now; what was made a moment ago may not have been told of yet."""
    guild = here(call)
    try:
        roles = await guild.fetch_roles()
        channels = await guild.fetch_channels()
    except discord.InvalidData:
        # A channel of a kind that the library does not know: what Discord told by itself leaves such channels out.
        channels = guild.channels
    except NO_ANSWER:
        raise PeerError("setup.no_answer") from None
    return Place(guild, {c.id: c for c in channels}, {r.id: r for r in roles}, call.actor)


def words(call: Call) -> dict[str, str]:
    """Return the commands that sentences of the set-up speak of, as mentions."""
    mention = call.interaction.client.command_sets.mention
    return {name: mention(f"setup {name}", None) for name in ("start", "check", "apply", "undo")}


def whole(lines: Iterable[str], view: discord.ui.View | None = None) -> Reply:
    """Answer with all lines; what does not fit into one message follows in further ones."""
    first, *others = views.pages(lines, CONTENT_LIMIT)
    return Reply(first, view, more=[Reply(page) for page in others])


DOING = ("setup.forbidden", "setup.refused", "setup.later", "setup.unsure")
TAKING_BACK = ("setup.undo.forbidden", "setup.undo.refused", "setup.undo.later", "setup.undo.unsure")


@contextlib.contextmanager
def telling(item: str, words_for: tuple[str, str, str, str] = DOING) -> Iterator[None]:
    """Turn what Discord answers to one step into a sentence that names it and the next step."""
    forbidden, refused, later, unsure = words_for
    try:
        yield
    except discord.Forbidden:
        raise PeerError(forbidden, item=item) from None
    except (discord.HTTPException, discord.RateLimited) as error:
        if is_limit(error):
            raise PeerError(later, item=item) from None
        raise PeerError(refused, item=item, code=getattr(error, "code", 0)) from None
    except (aiohttp.ClientError, OSError):
        raise PeerError(unsure, item=item) from None
