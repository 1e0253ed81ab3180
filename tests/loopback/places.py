"""Guilds, channels and roles as handles over the simulated Discord's state. They decide nothing."""

from typing import TYPE_CHECKING, Any

import discord
from simcord.backend import serializers
from simcord.backend.models import Channel as StoredChannel
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from tests.loopback.views import Seen

if TYPE_CHECKING:
    from tests.loopback.server import Loopback


class Role:
    """A role of a guild."""

    def __init__(self, loopback: "Loopback", guild_id: int, role_id: int) -> None:
        self._loopback, self._guild_id, self.id = loopback, guild_id, role_id

    def resolved(self) -> dict[str, dict[str, Any]]:
        """Give what Discord adds when somebody picks this role."""
        return {
            "roles": {str(self.id): serializers.role_payload(self._loopback.backend.get_role(self._guild_id, self.id))}
        }


class Channel:
    """A channel or thread."""

    def __init__(self, loopback: "Loopback", channel_id: int) -> None:
        self._loopback, self.id = loopback, channel_id

    @property
    def stored(self) -> StoredChannel:
        return self._loopback.backend.get_channel(self.id)

    @property
    def name(self) -> str:
        return self.stored.name or ""

    @property
    def messages(self) -> list[Seen]:
        """List what stands in the channel for everybody, oldest first."""
        stored = self._loopback.backend.messages[self.id].values()
        return [Seen(self._loopback.backend, self.id, one.id) for one in stored if not one.is_ephemeral]

    def resolved(self) -> dict[str, dict[str, Any]]:
        """Give what Discord adds when somebody picks this channel."""
        payload = {**serializers.channel_payload(self._loopback.backend, self.stored), "permissions": "0"}
        return {"channels": {str(self.id): payload}}

    def panel(self, text: str, *buttons: tuple[str, str]) -> Seen:
        """Put a message of the bot here without the bot: `(label, custom_id)` per button."""
        items = [{"type": 2, "style": 1, "label": label, "custom_id": custom_id} for label, custom_id in buttons]
        return self.post(
            text, [{"type": 1, "components": items[start : start + 5]} for start in range(0, len(items), 5)]
        )

    def post(self, text: str, rows: list[dict[str, Any]]) -> Seen:
        """Put a message of the bot here without the bot, with rows of components as they are."""
        backend = self._loopback.backend
        message = backend.create_message(self.id, backend.bot_user.id, text, components=rows)
        return Seen(backend, self.id, message.id)


class Guild:
    """A guild."""

    def __init__(self, loopback: "Loopback", guild_id: int) -> None:
        self._loopback, self.id = loopback, guild_id

    def role(self, name: str, **permissions: bool) -> Role:
        """Make a role with these permissions."""
        value = discord.Permissions(**permissions).value
        return Role(self._loopback, self.id, self._loopback.backend.create_role(self.id, name, permissions=value).id)

    def channel(self, name: str, *, only_for: tuple[Role, ...] = (), kind: int = 0) -> Channel:
        """Make a channel; with `only_for`, nobody else but the bot sees it."""
        view = discord.Permissions(view_channel=True).value
        overwrites = []
        if only_for:
            bot = self._loopback.backend.bot_user.id
            overwrites = [
                Overwrite(self.id, OverwriteType.ROLE, deny=view),
                Overwrite(bot, OverwriteType.MEMBER, allow=view),
                *(Overwrite(role.id, OverwriteType.ROLE, allow=view) for role in only_for),
            ]
        made = self._loopback.backend.create_channel(self.id, name, type=kind, overwrites=overwrites)
        return Channel(self._loopback, made.id)

    def find(self, name: str) -> Channel:
        """Find the one channel or thread of this name."""
        stored = self._loopback.backend.get_guild(self.id)
        found = [
            one for one in stored.channel_ids + stored.thread_ids if self._loopback.backend.channels[one].name == name
        ]
        if len(found) != 1:
            raise LookupError(f"{len(found)} channels are called {name!r}")
        return Channel(self._loopback, found[0])

    @property
    def commands(self) -> list[str]:
        """List the names of the commands registered for this guild, in order."""
        return sorted(name for name, _ in self._loopback.backend.commands.get(self.id, {}))
