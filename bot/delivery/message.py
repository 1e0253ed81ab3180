"""A message and its marker: 62 bits that are its nonce, and by which we find it again in a channel.

By the nonce Discord knows a repetition for some minutes; what stands in the message we know for ever. That is the end of a
custom id, after `~`, where the message has one with room for it: there Discord keeps no ids of components. A message without
buttons of ours is sent as a text component, whose id is kept, followed by a gap that shows nothing, and the marker is their
two ids. It says nothing to anybody: it is bits of an HMAC.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.kit.call import CONTENT_LIMIT
from bot.kit.router import MARK

CUSTOM_ID_LIMIT = 100
HALF = 31
"""Bits of an id that Discord takes: a whole number from 1 on, in 32 bits with a sign."""
_INSIDE = ("components", "component", "accessory")


@dataclass(frozen=True, slots=True)
class Carried:
    """What is handed to `send`: without content where the view holds the words."""

    content: str | None
    view: discord.ui.View | discord.ui.LayoutView


class _Buttons(discord.ui.View):
    """Buttons as they were laid out, one of them with the marker."""

    def __init__(self, components: list[dict[str, Any]]) -> None:
        super().__init__(timeout=None)
        self._components = components
        self.stop()

    def to_components(self) -> list[dict[str, Any]]:
        """Return the components as they are sent."""
        return self._components


class _Words(discord.ui.LayoutView):
    """Words as a text component, with the marker in its id and in that of the gap below."""

    def __init__(self, content: str, components: list[dict[str, Any]], marker: int) -> None:
        super().__init__(timeout=None)
        first, second = ids_of(marker)
        self.add_item(discord.ui.TextDisplay[Any](content, id=first))
        self.add_item(discord.ui.Separator[Any](visible=False, id=second))
        self._components = components
        self.stop()

    def to_components(self) -> list[dict[str, Any]]:
        """Return the components as they are sent."""
        return [*(item.to_component_dict() for item in self.children), *self._components]


def marked(content: str, view: discord.ui.View | None, marker: int) -> Carried:
    """Return a message that carries its marker."""
    content = content[:CONTENT_LIMIT]
    components = view.to_components() if view is not None else []
    if _mark_custom_id(components, ending_of(marker)):
        return Carried(content, _Buttons(components))
    return Carried(None, _Words(content, components, marker))


def carries(message: Mapping[str, Any], marker: int) -> bool:
    """Tell whether a message, as Discord gives it, carries this marker."""
    components = list(_walk(message.get("components") or []))
    if any(str(one.get("custom_id", "")).endswith(ending_of(marker)) for one in components):
        return True
    return {one.get("id") for one in components}.issuperset(ids_of(marker))


def ending_of(marker: int) -> str:
    """Return what stands for a marker at the end of a custom id; the router does not hand it on."""
    return f"{MARK}{marker:016x}"


def ids_of(marker: int) -> tuple[int, int]:
    """Return the two ids that stand for a marker: different from each other and from 0, which Discord replaces."""
    first, second = marker >> HALF or 1, marker & ((1 << HALF) - 1) or 2
    return first, second if second != first else second ^ 1 or 3


def _mark_custom_id(components: list[dict[str, Any]], ending: str) -> bool:
    """Put the marker behind a custom id; False where none has room for it."""
    for component in _walk(components):
        custom_id = component.get("custom_id")
        if custom_id is not None and len(custom_id) + len(ending) <= CUSTOM_ID_LIMIT:
            component["custom_id"] = custom_id + ending
            return True
    return False


def _walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield every component, each before what is inside it."""
    for component in components:
        yield component
        for key in _INSIDE:
            inside = component.get(key)
            if inside:
                yield from _walk(inside if isinstance(inside, list) else [inside])
