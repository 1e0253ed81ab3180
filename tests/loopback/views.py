"""What a person sees: messages, their words, buttons and selects. Reads wire payloads, changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simcord.backend import Backend, serializers
from simcord.backend.models import Message as StoredMessage

BUTTON, TEXT_DISPLAY, LABEL = 2, 10, 18
SELECTS = (3, 5, 6, 7, 8)
LINK_STYLE = 5


def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Go through a component tree, parents first."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        for single in ("component", "accessory"):
            if component.get(single):
                yield from walk([component[single]])


def words_of(message: dict[str, Any]) -> str:
    """Collect everything readable in a message: content, text displays, embeds, labels."""
    parts = [message.get("content") or ""]
    parts += [one.get("content") or one.get("label") or "" for one in walk(message.get("components") or [])]
    for embed in message.get("embeds") or []:
        parts += [embed.get("title") or "", embed.get("description") or ""]
        parts += [f"{one['name']} {one['value']}" for one in embed.get("fields") or []]
    return "\n".join(part for part in parts if part)


@dataclass(frozen=True)
class Button:
    """A button somebody could press."""

    label: str
    custom_id: str | None
    disabled: bool
    url: str | None


class Seen:
    """A message as it stands now; it follows later edits and knows when it was deleted."""

    def __init__(self, backend: Backend, channel_id: int, message_id: int) -> None:
        self._backend, self.channel_id, self.id = backend, channel_id, message_id

    @property
    def stored(self) -> StoredMessage | None:
        return self._backend.messages.get(self.channel_id, {}).get(self.id)

    @property
    def exists(self) -> bool:
        return self.stored is not None

    @property
    def payload(self) -> dict[str, Any]:
        """Give the message as Discord would send it now."""
        message = self._backend.get_message(self.channel_id, self.id)
        return dict(serializers.message_payload(self._backend, message))

    @property
    def text(self) -> str:
        return words_of(self.payload)

    @property
    def ephemeral(self) -> bool:
        return bool(self.payload["flags"] & 64)

    @property
    def components(self) -> list[dict[str, Any]]:
        return list(walk(self.payload["components"]))

    @property
    def buttons(self) -> list[Button]:
        return [
            Button(one.get("label") or "", one.get("custom_id"), bool(one.get("disabled")), one.get("url"))
            for one in self.components
            if one["type"] == BUTTON
        ]

    def button(self, label: str | None = None, custom_id: str | None = None) -> dict[str, Any]:
        """Find the one button with this label or custom_id that can be pressed."""
        found = [
            one
            for one in self.components
            if one["type"] == BUTTON
            and one.get("style") != LINK_STYLE
            and (label is None or one.get("label") == label)
            and (custom_id is None or one.get("custom_id") == custom_id)
        ]
        if len(found) != 1 or found[0].get("disabled"):
            labels = [one.label + (" (disabled)" if one.disabled else "") for one in self.buttons]
            raise LookupError(f"no single pressable button {label or custom_id!r} among {labels}")
        return found[0]

    def select(self, custom_id: str | None = None) -> dict[str, Any]:
        """Find the one select, or the one with this custom_id."""
        found = [
            one
            for one in self.components
            if one["type"] in SELECTS and (custom_id is None or one["custom_id"] == custom_id)
        ]
        if len(found) != 1:
            raise LookupError(f"no single select {custom_id or ''!r} among {len(found)}")
        return found[0]
