"""Which commands Discord is told about: the core ones everywhere, the others where a guild's programmes use them.

Handlers are global in the tree. A set is PUT only when what it would say has changed since the last time, never blindly.
Descriptions stand as text keys in the tree and become words here. A command says who gets it in `extras`:
`{"everywhere": True}` or `{"feature": name}`.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any

from bot.domain.guilds import Guild
from bot.services import guilds
from data.programmes import features_of

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

CORE_FACT = "core_commands"
DISCORD_LOCALES = {"en": ("en-GB",), "es": ("es-ES", "es-419"), "pt": ("pt-BR",)}
"""Discord's names for our languages where they differ; others are the same."""


class CommandSets:
    """Keeps what Discord knows equal to what the tree and the guild's programmes say. What fails is raised."""

    def __init__(self, bot: "PeerBot") -> None:
        self._bot = bot
        self.core_ids: dict[str, int] = {}

    async def sync_core(self) -> None:
        """Tell Discord about the commands that exist everywhere."""
        payload = self._payload(lambda extras: bool(extras.get("everywhere")))
        wanted, db = _hash(payload, self._application_id), self._bot.tools.db
        known = json.loads(await guilds.fact(db, CORE_FACT) or "{}")
        if known.get("application") == self._application_id:
            # Even where what follows fails: a command keeps its id when it is told anew.
            self.core_ids = known["ids"]
        if known.get("hash") != wanted:
            answered = await self._bot.http.bulk_upsert_global_commands(self._application_id, payload)
            self.core_ids = _ids(answered)
            known = {"application": self._application_id, "hash": wanted, "ids": self.core_ids}
            await guilds.remember_fact(db, CORE_FACT, json.dumps(known))

    async def sync_guild(self, guild: Guild) -> None:
        """Tell Discord about the commands of the guild's programmes."""
        features = {feature for programme in guild.live for feature in features_of(programme.preset)}
        payload = self._payload(lambda extras: extras.get("feature") in features)
        wanted = _hash(payload, self._application_id, self._since(guild.guild_id))
        if guild.commands_hash == wanted or (guild.commands_hash is None and not payload):
            return
        answered = await self._bot.http.bulk_upsert_guild_commands(self._application_id, guild.guild_id, payload)
        await guilds.remember_commands(
            self._bot.tools.db,
            self._bot.tools.guilds,
            guild.guild_id,
            commands_hash=wanted,
            command_ids=_ids(answered),
        )

    def _since(self, guild_id: int) -> str:
        """Return since when the bot is in a guild: taken out and invited again, perhaps while nobody listened, Discord has
        forgotten the guild's commands."""
        guild = self._bot.get_guild(guild_id)
        return str(guild.me.joined_at) if guild is not None and guild.me is not None else ""

    def mention(self, name: str, guild: Guild | None) -> str:
        """Return `name` ("checkin now") as a mention that can be tapped, or plainly where Discord has not got it yet."""
        top = name.split(" ")[0]
        command_id = (guild.command_ids if guild else {}).get(top) or self.core_ids.get(top)
        return f"</{name}:{command_id}>" if command_id else f"`/{name}`"

    @property
    def _application_id(self) -> int:
        assert self._bot.application_id is not None
        return self._bot.application_id

    def _payload(self, wanted: Any) -> list[Any]:
        chosen = [c for c in self._bot.tree.get_commands() if wanted(c.extras)]
        made = [c.to_dict(self._bot.tree) for c in sorted(chosen, key=lambda c: c.name)]
        for command in made:
            self._say(command)
        return made

    def _say(self, node: Any) -> None:
        """Replace text keys by words, here and in sub-commands and options."""
        texts = self._bot.tools.texts
        key = node.get("description")
        if key:
            node["description"] = texts.t("en", key)
            node["description_localizations"] = {
                locale: texts.t(language, key)
                for language in texts.languages
                if language != "en"
                for locale in DISCORD_LOCALES.get(language, (language,))
            }
        for child in node.get("options", ()):
            self._say(child)


def _hash(payload: list[Any], application_id: int, since: str = "") -> str:
    """Fingerprint what Discord was told, by which application, and in which of its times in a guild."""
    told = json.dumps([payload, application_id, since], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def _ids(answered: list[Any]) -> dict[str, int]:
    return {command["name"]: int(command["id"]) for command in answered}
