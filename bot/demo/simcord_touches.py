"""Every place where peerled reaches into simcord's private parts, each with its reason.

simcord is pinned to one version because of this page; each touch has a test in tests/web/test_simcord_touches.py that
fails when a new version has changed what lies beneath. A touch changes how the simulated Discord behaves or is shown,
never the bot.
"""

import asyncio
import datetime as dt
import secrets
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import simcord
from simcord import interactions as sim_interactions
from simcord.backend import Backend
from simcord.enums import ChannelType, InteractionType, OptionType
from simcord.env import Env
from simcord.http import router
from simcord.preview import Preview
from simcord.preview._server import PreviewServer
from simcord.results import InteractionResult

Touch = Callable[[], Callable[[], None]]
"""Applies a change and returns what takes it back."""

PAGE_LEASE_SECONDS = 12 * 3600.0
PAGES_PER_CHANNEL = 200
SETTLE_INTERVAL = 0.001

_locales: weakref.WeakKeyDictionary[Any, dict[int, str]] = weakref.WeakKeyDictionary()
_deeds: weakref.WeakKeyDictionary[Any, dict[int, list[tuple[str, int]]]] = weakref.WeakKeyDictionary()


@contextmanager
def touched(*touches: Touch) -> Iterator[None]:
    """Apply `touches` for the length of the block and take them back in reverse order."""
    with ExitStack() as undo:
        for touch in touches:
            undo.callback(touch())
        yield


def _swap(owner: Any, name: str, new: Any) -> Callable[[], None]:
    old = vars(owner)[name]
    setattr(owner, name, new)

    def back() -> None:
        setattr(owner, name, old)

    return back


def _keyword_defaults(function: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = function.__kwdefaults__
    return defaults


def _holder(cls: type, name: str) -> Any:
    return next(base for base in cls.__mro__ if name in vars(base))


def quick_settling() -> Callable[[], None]:
    """Look every millisecond, not every 50, whether the bot has come to rest: a press then feels immediate."""
    defaults: dict[str, Any] = _keyword_defaults(Env._settle_internal)
    old = defaults["idle"]
    defaults["idle"] = SETTLE_INTERVAL

    def back() -> None:
        defaults["idle"] = old

    return back


def own_language() -> Callable[[], None]:
    """Let every person's client, and the server, report its own language: simcord says en-US for all."""
    original = sim_interactions.base_payload

    def base_payload(backend: Backend, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        record, payload = original(backend, **kwargs)
        payload["locale"] = _locales.get(backend, {}).get(kwargs["user_id"], payload["locale"])
        guild_id = kwargs.get("guild_id")
        if guild_id is not None:
            payload["guild_locale"] = backend.get_guild(guild_id).preferred_locale
        return record, payload

    return _swap(sim_interactions, "base_payload", base_payload)


def speak(env: Env, user_id: int, locale: str) -> None:
    """Set the language a person's client reports from now on; needs `own_language`."""
    _locales.setdefault(env.backend, {})[user_id] = locale


def deeds_remembered() -> Callable[[], None]:
    """Remember what each person pressed, sent and called, by name and without content: simcord keeps only the answers."""
    original = sim_interactions.base_payload

    def base_payload(backend: Backend, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        if int(kwargs["type"]) != InteractionType.APPLICATION_COMMAND_AUTOCOMPLETE:
            deed = _name_of(kwargs["data"]), kwargs["channel_id"]
            _deeds.setdefault(backend, {}).setdefault(kwargs["user_id"], []).append(deed)
        return original(backend, **kwargs)

    return _swap(sim_interactions, "base_payload", base_payload)


def _name_of(data: Mapping[str, Any]) -> str:
    """Return a press's or form's `feature:verb`, or a command's full name ("setup check")."""
    if "custom_id" in data:
        return str(data["custom_id"]).rpartition(":")[0]
    names, options = [str(data["name"])], data.get("options") or ()
    while options and options[0]["type"] in (OptionType.SUBCOMMAND, OptionType.SUBCOMMAND_GROUP):
        names.append(str(options[0]["name"]))
        options = options[0].get("options") or ()
    return " ".join(names)


def deeds(env: Env, user_id: int) -> list[tuple[str, int]]:
    """List what a person has pressed, sent and called so far and in which channel; needs `deeds_remembered`."""
    return list(_deeds.get(env.backend, {}).get(user_id, ()))


def private_threads_unannounced() -> Callable[[], None]:
    """Keep a private thread's name out of its parent channel, as Discord does: simcord announces it there."""
    owner = _holder(Backend, "create_thread")
    original = owner.create_thread

    def create_thread(self: Any, *args: Any, broadcast: bool = True, **kwargs: Any) -> Any:
        if kwargs.get("type") != ChannelType.PRIVATE_THREAD:
            return original(self, *args, broadcast=broadcast, **kwargs)
        thread = original(self, *args, broadcast=False, **kwargs)
        if broadcast:
            self.announce_thread_create(thread)
        return thread

    return _swap(owner, "create_thread", create_thread)


def wearers_counted() -> Callable[[], None]:
    """Say how many people wear each role: simcord does not know that question."""
    template = ["guilds", "{guild_id}", "roles", "member-counts"]

    def counts(request: Any) -> dict[str, int]:
        guild_id = request.int_arg("guild_id")
        request.require_guild_permissions(guild_id, "manage_roles")
        guild = request.backend.get_guild(guild_id)
        worn = [role_id for member in guild.members.values() for role_id in member.role_ids]
        return {str(role_id): worn.count(role_id) for role_id in guild.roles if role_id != guild_id}

    routes, asked = router._ROUTES["GET"], (template, counts)
    routes.append(asked)
    return lambda: routes.remove(asked)


def framed_by(*origins: str) -> Touch:
    """Let pages of these origins, and no others, show a channel in a frame: simcord forbids all framing."""

    def touch() -> Callable[[], None]:
        headers = dict(PreviewServer._SECURITY_HEADERS)
        headers.pop("X-Frame-Options", None)
        rest = headers["Content-Security-Policy"].partition("frame-ancestors")[0]
        headers["Content-Security-Policy"] = f"{rest}frame-ancestors {' '.join(origins)}"
        return _swap(PreviewServer, "_SECURITY_HEADERS", headers)

    return touch


def dressed_with(**additions: Path) -> Touch:
    """Add our files to those of a channel's page: `style` hides the developer's bench, `script` follows the answers."""
    served = {"/preview.css": "style", "/app.js": "script"}

    def touch() -> Callable[[], None]:
        original = PreviewServer._static
        extra = {name: path.read_text(encoding="utf-8") for name, path in additions.items()}

        async def static(self: PreviewServer, request: Any) -> Any:
            response = await original(self, request)
            added = extra.get(served.get(request.path, ""))
            if added is not None:
                response.text = f"{response.text}\n{added}"
            return response

        return _swap(PreviewServer, "_static", static)

    return touch


def lasting_pages() -> Callable[[], None]:
    """Keep a channel's page for a working day: after ten minutes behind another tab simcord would call it ended."""
    undo = ExitStack()
    undo.callback(_swap(Preview, "_PAGE_LEASE_SECONDS", PAGE_LEASE_SECONDS))
    undo.callback(_swap(Preview, "_MAX_PAGES", PAGES_PER_CHANNEL))
    return undo.close


def presses_wait_their_turn() -> Callable[[], None]:
    """Let a press wait while time moves or another person's press is under way: simcord refuses it.

    A press made in the moment in which the page was renewed is taken as one on the new page, where simcord looks its
    button up afresh, and refuses it only when that is gone.
    """
    owner = _holder(Preview, "_action")
    original = owner._action

    async def action(self: Preview, context_id: str | None, body: Mapping[str, Any]) -> Any:
        hub = self.env._preview
        if not isinstance(hub, PreviewHub):
            return await original(self, context_id, body)
        async with hub.turn:
            return await original(self, context_id, _renewed(self._get_page(context_id), body))

    return _swap(owner, "_action", action)


def _renewed(page: Any, body: Any) -> Any:
    if not isinstance(body, dict) or body.get("sequence") != page.last_sequence + 1:
        return body
    seen = body.get("published_revision")
    if not isinstance(seen, int) or seen >= page.revision:
        return body
    return {**body, "published_revision": page.revision}


def start_clock_at(env: Env, now: dt.datetime) -> None:
    """Set the simulated Discord's present instant (aware): simcord starts every world on 1 January 2026."""
    clock = env.backend.clock
    clock._epoch = now.astimezone(dt.UTC) - dt.timedelta(seconds=clock.elapsed)


def name_bot(env: Env, name: str) -> None:
    """Call the bot's account by its own name before it logs in: simcord calls it TestBot."""
    env.backend.bot_user.name = name


def grant_bot(env: Env, guild: simcord.GuildHandle, permissions: int) -> None:
    """Give the bot these rights (bits) in the server and no others: simcord gives it all but Administrator."""
    backend = env.backend
    for role in list(backend.get_guild(guild.id).roles.values()):
        if role.managed:
            backend.edit_role(guild.id, role.id, {"permissions": permissions})


def forget_private_answers(env: Env) -> None:
    """Take away what only one person saw, as Discord does when its window is closed: simcord keeps it for good."""
    for messages in env.backend.messages.values():
        for message in [one for one in messages.values() if one.is_ephemeral]:
            del messages[message.id]


def traffic(env: Env) -> int:
    """Count what has crossed between the bot and Discord so far: when it has grown, something may look different."""
    return len(env.backend.transcript)


class PreviewHub:
    """Stands where simcord keeps its one preview, so that each person's every channel can have one.

    `turn` is held around everything that works on the world; simcord allows one operation at a time.
    """

    _closed = False

    def __init__(self, env: Env) -> None:
        self.turn = asyncio.Lock()
        self._env = env
        self._open: dict[tuple[int, int], Preview] = {}
        self._stand_in()

    def _stand_in(self) -> None:
        slot: Any = self._env
        slot._preview = self

    def _mark_action_dispatched(self) -> None:
        for preview in self._open.values():
            preview._mark_action_dispatched()

    async def url(self, channel: simcord.ChannelHandle, viewer: Any, **look: Any) -> str:
        """Return the address of a channel as this person sees it, opening it when it is not open yet."""
        key = (viewer.id, channel.id)
        async with self.turn:
            if key not in self._open:
                self._open[key] = await self._enter(channel, viewer, look)
            return self._open[key].url

    async def _enter(self, channel: simcord.ChannelHandle, viewer: Any, look: dict[str, Any]) -> Preview:
        self._env._preview = None
        try:
            preview = self._env.preview(channel, viewers=[viewer], layout="channel", **look)
            return await preview.__aenter__()
        finally:
            self._stand_in()

    def hand_over(self, channel_id: int, viewer_id: int, result: InteractionResult) -> None:
        """Let this person's pages of the channel show the form that answered them: simcord shows what a page itself asked for.

        A page that is just being opened takes it from simcord's own page, which is there from the start. The caller holds
        `turn` and refreshes.
        """
        preview = self._open.get((viewer_id, channel_id))
        if preview is None or result.modal is None:
            return
        for page in _browsers(preview) or [_python(preview)]:
            page.modal = result
            page.modal_handle = f"m_{secrets.token_urlsafe(12)}"

    async def refresh(self) -> None:
        """Show the present state on every page that a browser has open; the caller holds `turn`."""
        for preview in self._open.values():
            if _browsers(preview):
                _python(preview).modal = None
                await preview.refresh()

    async def close(self) -> None:
        """Close every preview."""
        for preview in self._open.values():
            await preview.close()
        self._open.clear()
        self._env._preview = None


def _python(preview: Preview) -> Any:
    return preview._python


def _browsers(preview: Preview) -> list[Any]:
    return [page for page in preview._pages.values() if page is not preview._python]
