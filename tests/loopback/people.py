"""People, and what they read: a person uses commands, presses, chooses, submits; an `Answer` is what comes back.

`slash`, `press`, `choose`, `submit` wait until the bot has acknowledged; their `…ing` forms return at once, for tests
that do something else while the bot works. Times are seconds of the loop, taken where the call arrives.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from simcord.backend import serializers
from simcord.backend.command_access import command_access
from simcord.backend.models import Interaction

from tests.loopback.forms import RefusedByClient, command_data, filled
from tests.loopback.views import LABEL, Seen, walk

if TYPE_CHECKING:
    from tests.loopback.places import Channel, Guild, Role
    from tests.loopback.server import Loopback

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
USER_MENU, MESSAGE_MENU = 2, 3
KINDS = {4: "reply", 5: "defer", 6: "defer update", 7: "update", 8: "choices", 9: "modal"}


class Answer:
    """What the bot answered to one interaction, followed as it grows."""

    def __init__(self, discord: "Loopback", person: "Person | None", record: Interaction, payload: dict[str, Any]):
        self._discord, self.person, self.record, self.payload = discord, person, record, payload
        self.started_at = asyncio.get_running_loop().time()
        self.acknowledged_at: float | None = None
        self.callback: dict[str, Any] = {}

    def note(self, at: float, callback: dict[str, Any]) -> None:
        """Take down the accepted callback."""
        self.acknowledged_at, self.callback = at, callback

    @property
    def kind(self) -> str:
        """Name the callback: reply, defer, defer update, update, choices, modal; empty while there is none."""
        return KINDS.get(self.callback.get("type", 0), "")

    @property
    def seconds(self) -> float:
        """Give the seconds between the press and the acknowledgement."""
        assert self.acknowledged_at is not None, "not acknowledged"
        return self.acknowledged_at - self.started_at

    @property
    def ephemeral(self) -> bool:
        return self.record.ephemeral

    @property
    def message(self) -> Seen:
        """Give the answered or updated message."""
        if self.record.message_id is None:
            raise LookupError(f"this answer is no message but {self.kind or 'nothing'!r}")
        return self._seen(self.record.message_id)

    @property
    def followups(self) -> list[Seen]:
        return [self._seen(message_id) for message_id in self.record.followup_ids]

    @property
    def form(self) -> dict[str, Any]:
        """Give the modal that was shown."""
        if self.record.modal is None:
            raise LookupError(f"this answer is no modal but {self.kind or 'nothing'!r}")
        return self.record.modal

    @property
    def choices(self) -> list[dict[str, Any]]:
        return self.record.autocomplete_choices or []

    @property
    def text(self) -> str:
        """Collect everything the person can read of this answer, follow-ups included."""
        if self.record.modal is not None:
            labels = [one["label"] for one in walk(self.form["components"]) if one["type"] == LABEL]
            return "\n".join([self.form["title"], *labels])
        own = [self.message] if self.record.message_id is not None and self.message.exists else []
        return "\n".join(seen.text for seen in [*own, *self.followups] if seen.exists)

    async def acknowledged(self, within: float = 5.0) -> "Answer":
        """Wait for the first accepted callback; TimeoutError = "the application did not respond"."""
        await self._discord.until(lambda: self.acknowledged_at is not None, within=within, what=f"answer to {self!r}")
        return self

    async def finished(self, within: float = 15.0) -> "Answer":
        """Wait until nothing is "thinking" any more."""
        await self.acknowledged(within)
        if self.kind == "defer":
            await self._discord.until(lambda: not self.record.loading, within=within, what=f"end of {self!r}")
        return self

    def _seen(self, message_id: int) -> Seen:
        return Seen(self._discord.backend, self.record.channel_id, message_id)

    def __repr__(self) -> str:
        data = self.payload.get("data", {})
        return f"<{data.get('name') or data.get('custom_id')} by {self.person.name if self.person else 'nobody'}>"


class Person:
    """Somebody with a Discord client, seen from one guild (or, with no guild, from their DMs)."""

    def __init__(self, discord: "Loopback", user_id: int, guild: "Guild | None") -> None:
        self._discord, self.id, self.guild = discord, user_id, guild
        self.locale = "en-US"

    @property
    def name(self) -> str:
        return self._discord.backend.users[self.id].name

    def resolved(self) -> dict[str, dict[str, Any]]:
        """Give what Discord adds when somebody picks this person."""
        backend = self._discord.backend
        user = {"users": {str(self.id): serializers.user_payload(backend.users[self.id])}}
        if self.guild is None:
            return user
        stored = backend.get_guild(self.guild.id)
        member = serializers.member_payload(backend, stored, stored.members[self.id], with_user=False)
        return user | {"members": {str(self.id): {**member, "permissions": "0"}}}

    def gets(self, *roles: "Role") -> None:
        """Give the person roles; the bot is told only by its next interaction."""
        assert self.guild is not None
        member = self._discord.backend.get_member(self.guild.id, self.id)
        member.role_ids += [role.id for role in roles if role.id not in member.role_ids]

    def says(self, channel: "Channel", text: str) -> Seen:
        """Write an ordinary message."""
        return Seen(
            self._discord.backend, channel.id, self._discord.backend.create_message(channel.id, self.id, text).id
        )

    # -- each of these waits for the acknowledgement

    async def slash(self, channel: "Channel | None", command: str, **options: Any) -> Answer:
        """Use a slash command (`"checkin now"`); no channel means the DM with the bot."""
        return await self.slashing(channel, command, **options).acknowledged()

    async def press(self, where: "Answer | Seen", label: str | None = None, *, custom_id: str | None = None) -> Answer:
        """Press a button of a message or of an answer."""
        return await self.pressing(where, label, custom_id=custom_id).acknowledged()

    async def choose(self, where: "Answer | Seen", *values: Any, custom_id: str | None = None) -> Answer:
        """Choose in a select, by value or label, or with people, roles, channels."""
        return await self.choosing(where, *values, custom_id=custom_id).acknowledged()

    async def submit(self, form: Answer, *, crafted: bool = False, **fields: Any) -> Answer:
        """Submit a shown modal; fields by custom_id."""
        return await self.submitting(form, crafted=crafted, **fields).acknowledged()

    async def menu(self, channel: "Channel", name: str, target: "Seen | Person") -> Answer:
        """Use a context menu on a message or a person."""
        return await self.using(channel, name, target).acknowledged()

    async def complete(self, channel: "Channel", command: str, **focused: str) -> list[dict[str, Any]]:
        """Type into one option and read the choices that come back."""
        root, *path = command.split()
        data = command_data(self._command(root, 1, channel.id), path, focused, focused=True)
        return (await self._interact(AUTOCOMPLETE, channel.id, data).acknowledged()).choices

    # -- and these do not

    def slashing(self, channel: "Channel | None", command: str, **options: Any) -> Answer:
        """Use a slash command and return at once."""
        channel_id = channel.id if channel is not None else self._discord.backend.get_dm_channel(self.id).id
        root, *path = command.split()
        data = command_data(self._command(root, 1, channel_id), path, options)
        return self._interact(COMMAND, channel_id, data)

    def pressing(self, where: "Answer | Seen", label: str | None = None, *, custom_id: str | None = None) -> Answer:
        """Press a button and return at once."""
        message = _message_of(where)
        button = message.button(label, custom_id)
        return self.crafting(
            message, {"component_type": 2, "custom_id": button["custom_id"], "id": button.get("id", 0)}
        )

    def choosing(self, where: "Answer | Seen", *values: Any, custom_id: str | None = None) -> Answer:
        """Choose in a select and return at once."""
        message = _message_of(where)
        select = message.select(custom_id)
        options = {option["label"]: option["value"] for option in select.get("options") or []}
        resolved: dict[str, dict[str, Any]] = {}
        chosen = []
        for value in values:
            if not isinstance(value, str):
                for group, things in value.resolved().items():
                    resolved.setdefault(group, {}).update(things)
                chosen.append(str(value.id))
            elif value in options or value in options.values():
                chosen.append(options.get(value, value))
            else:
                raise RefusedByClient(f"{value!r} is not among {list(options)}")
        data = {"component_type": select["type"], "custom_id": select["custom_id"], "values": chosen}
        return self.crafting(message, data | ({"resolved": resolved} if resolved else {}))

    def submitting(self, form: Answer, *, crafted: bool = False, **fields: Any) -> Answer:
        """Submit a shown modal and return at once."""
        data = {"custom_id": form.form["custom_id"], "components": filled(form.form, fields, crafted=crafted)}
        source = form.record.source_message_id
        message = Seen(self._discord.backend, form.record.channel_id, source) if source is not None else None
        return self._interact(SUBMIT, form.record.channel_id, data, message)

    def using(self, channel: "Channel", name: str, target: "Seen | Person") -> Answer:
        """Use a context menu and return at once."""
        kind = MESSAGE_MENU if isinstance(target, Seen) else USER_MENU
        command = self._command(name, kind, channel.id)
        resolved = {"messages": {str(target.id): target.payload}} if isinstance(target, Seen) else target.resolved()
        data = {"id": command["id"], "name": name, "type": kind, "target_id": str(target.id), "resolved": resolved}
        return self._interact(COMMAND, channel.id, data)

    def crafting(self, message: Seen, data: dict[str, Any]) -> Answer:
        """Send component data of any content from a message, as a changed client could."""
        return self._interact(COMPONENT, message.channel_id, data, message)

    def crafting_submit(self, channel: "Channel", data: dict[str, Any], message: Seen | None = None) -> Answer:
        """Send a modal submit of any content, shown or not."""
        return self._interact(SUBMIT, channel.id, data, message)

    def _command(self, name: str, kind: int, channel_id: int) -> dict[str, Any]:
        backend = self._discord.backend
        command = backend.find_command(name, self.guild.id if self.guild else None, kind)
        if command is None:
            raise RefusedByClient(f"there is no command {name!r} here")
        access = command_access(backend, command, user_id=self.id, channel_id=channel_id)
        if not access.allowed:
            raise RefusedByClient(f"{self.name} does not see {name!r}: {access.reason}")
        return command

    def _interact(self, kind: int, channel_id: int, data: dict[str, Any], message: Seen | None = None) -> Answer:
        record, payload = self._discord.interaction_payload(self, kind, channel_id, data)
        if message is not None:
            record.source_message_id = message.id
            payload["message"] = message.payload
        return self._discord.interact(payload, self)


def _message_of(where: "Answer | Seen") -> Seen:
    return where.message if isinstance(where, Answer) else where
