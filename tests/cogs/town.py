"""A simulated guild with the real bot in it, for tests that act as people do: they type, press, fill in and read."""

from dataclasses import dataclass, field
from typing import Any

import discord
import simcord
from simcord.builders import ChannelHandle
from simcord.components import walk_components
from simcord.env import Env
from simcord.results import InteractionResult, ResponseMessage

from bot.app import create_bot
from bot.clock import ManualClock
from bot.domain.guilds import Programme
from bot.kit.bot import PeerBot
from bot.texts import Texts
from data.db import Database
from tests.cogs import outgoing

MASTER_KEY = bytes(range(32))


def make_bot(db: Database, clock: ManualClock, texts: Texts) -> PeerBot:
    """Make a bot as `peerled run` would, speaking the pseudo-locale."""
    return create_bot(MASTER_KEY, db, clock, texts=texts, shard_count=1)


@dataclass
class Town:
    """The guild, its people, and short words for what they do."""

    env: Env
    bot: PeerBot
    db: Database
    clock: ManualClock
    texts: Texts
    guild: simcord.GuildHandle
    general: ChannelHandle
    ada: simcord.MemberActor
    sam: simcord.MemberActor
    leo: simcord.MemberActor
    mia: simcord.MemberActor
    noah: simcord.MemberActor
    roles: dict[str, simcord.RoleHandle] = field(default_factory=dict)

    def t(self, key: str, **args: Any) -> str:
        """Return a sentence as the bot says it here."""
        return self.texts.t("en", key, **args)

    @property
    def consent(self) -> str:
        """The one consent sentence, with `/privacy` to tap."""
        return self.t("consent.ask", privacy=self.bot.command_sets.mention("privacy", None))

    async def programme(self) -> Programme:
        """Return the guild's one live programme, read afresh."""
        self.bot.tools.guilds.forget(self.guild.id)
        guild = await self.bot.tools.guilds.get(self.guild.id)
        assert guild is not None
        (programme,) = guild.live
        return programme

    async def channel(self, purpose: str) -> ChannelHandle:
        """Return the channel bound to a purpose."""
        programme = await self.programme()
        return ChannelHandle(self.env, self.guild, self.env.backend.get_channel(programme.channels[purpose]))

    async def panel(self, purpose: str) -> discord.Message:
        """Return the newest message of a panel's channel."""
        message = (await self.channel(purpose)).last_message
        assert message is not None
        return message

    async def set_up(self) -> ResponseMessage:
        """Let Ada set up the programme, bound to the roles that are there."""
        screen = read(await self.ada.slash(self.general, "setup start"))
        await self.press(self.ada, screen, "setup:programme:recovery")
        if self.shows(screen, ".adults"):
            await self.press(self.ada, screen, ".adults")
        await self.press(self.ada, screen, ".people")
        await self.choose(self.ada, screen, "setup:countries:", ["GB"])
        await self.press(self.ada, screen, ".plan")
        await self.press(self.ada, screen, ".roles")
        await self.choose(self.ada, screen, ".leader", [self.roles["leader"]])
        await self.choose(self.ada, screen, ".moderator", [self.roles["moderator"]])
        await self.press(self.ada, screen, ".plan")
        await self.press(self.ada, screen, "setup:apply:")
        return screen

    async def tap(self, who: simcord.MemberActor, mood: int) -> ResponseMessage:
        """Tap a mood on the Start here panel and return the private answer."""
        programme = await self.programme()
        return read(await who.click(await self.panel("start"), custom_id=f"checkins:mood:{programme.id}.{mood}"))

    async def agree(self, who: simcord.MemberActor, mood: int = 3) -> ResponseMessage:
        """Tap a mood for the first time and give the one consent."""
        asked = await self.tap(who, mood)
        await self.press(who, asked, "checkins:agree:")
        return asked

    async def press(self, who: simcord.MemberActor, screen: ResponseMessage, part: str) -> InteractionResult:
        """Press the screen's one control whose id begins or ends with `part`."""
        return await who.click(screen, custom_id=self.find(screen, part))

    async def choose(
        self, who: simcord.MemberActor, screen: ResponseMessage, part: str, values: list[Any]
    ) -> InteractionResult:
        """Choose in the screen's one select whose id begins or ends with `part`."""
        return await who.select(screen, values, custom_id=self.find(screen, part))

    async def send(
        self, who: simcord.MemberActor, custom_id: str, *, fields: dict[str, Any] | None = None, on: Any = None
    ) -> InteractionResult:
        """Send a press (or with `fields` a submitted form) that no screen of ours offers, as a crafted client could."""
        channel = self.general
        if fields is None:
            data: dict[str, Any] = {"custom_id": custom_id, "component_type": 2}
            return await who._dispatch_interaction(3, channel, data, extra=on)
        rows = [{"type": 18, "component": {"type": 4, "custom_id": k, "value": v}} for k, v in fields.items()]
        return await who._dispatch_interaction(5, channel, {"custom_id": custom_id, "components": rows})

    def ids(self, screen: ResponseMessage) -> list[str]:
        """Return the custom ids on a screen."""
        return [str(c["custom_id"]) for c in walk_components(screen.components) if "custom_id" in c]

    def shows(self, screen: ResponseMessage, part: str) -> bool:
        """Tell whether the screen has a control whose id begins or ends with `part`."""
        return any(one.startswith(part) or one.endswith(part) for one in self.ids(screen))

    def find(self, screen: ResponseMessage, part: str) -> str:
        """Return the id of the screen's one control whose id begins or ends with `part`."""
        (found,) = (one for one in self.ids(screen) if one.startswith(part) or one.endswith(part))
        return found

    async def restart(self) -> None:
        """End the bot and start another on the same database."""
        self.bot = make_bot(self.db, self.clock, self.texts)
        await self.env.restart_bot(self.bot)

    def flaws(self) -> list[str]:
        """Return what the bot said that did not come from the texts, or does not fit where Discord shows it."""
        requests = self.env.http_requests
        names = outgoing.names_of(self.bot.tools.contacts)
        written = outgoing.typed(self.env.backend.transcript)
        return outgoing.literal_sentences(requests, names, written) + outgoing.too_large(requests)

    def sent(self, method: str, ending: str) -> list[Any]:
        """Return the bodies of requests the bot made so far."""
        return [r.json for r in self.env.http_requests if r.method == method and r.path.endswith(ending)]


def read(result: InteractionResult) -> ResponseMessage:
    """Return the private message that answered; fails where there was none or others could see it."""
    assert result.response is not None, "nothing was answered"
    assert result.response.ephemeral, "others could see the answer"
    return result.response
