"""Two looks at everything the bot sent: did each word come from the texts, and does it fit where Discord shows it."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from data.content import Contacts

SPOKEN = ("content", "label", "placeholder", "title", "description", "topic")
CUT_AT = (45, 80, 1_024, 2_000)
"""Lengths at which we cut; a sentence that is cut has lost its closing mark."""

_OURS = re.compile(r"⟦[^⟦⟧]*⟧")
_CUT = re.compile(r"⟦[^⟦⟧]*$")
_NEUTRAL = re.compile(
    r"<https?://\S+?>|https?://\S+"
    r"|<(?:@[&!]?|#)\d+>|</[\w -]+:\d+>|`/[a-z -]+`|<t:\d+(?::\w)?>"
    r"|\b(?:UTC|[A-Z]\w+/[A-Z]\w+)\b"  # a time zone
)
_REFERENCE = re.compile(r"\b(?=\d*[A-F])[0-9A-F]{4}\b")
"""As an accident is named. It is taken away first, so that nothing else can take a part of it."""


def names_of(contacts: Contacts) -> set[str]:
    """Return the proper names that stand in the contacts and are said as they are."""
    named = {directory.name for directory in contacts.directories}
    for country in contacts.countries:
        named |= {country.name, *(c.name for c in country.contacts), *(c.text_word for c in country.contacts)}
    return named - {""}


def typed(transcript: Iterable[tuple[str, str, Any]]) -> set[str]:
    """Return what people wrote into forms and behind commands, which may be shown to them again."""

    def values(node: Any) -> Iterator[str]:
        for one in node if isinstance(node, list) else [node]:
            if isinstance(one, list):
                yield from values(one)
            elif isinstance(one, dict):
                if isinstance(one.get("value"), str):
                    yield one["value"]
                for key in ("components", "component", "options"):
                    yield from values(one.get(key, []))

    return {
        _plain(said)
        for kind, event, payload in transcript
        if (kind, event) == ("GATEWAY", "INTERACTION_CREATE")
        for said in values([payload["data"].get(key, []) for key in ("components", "options")])
        if any(letter.isalpha() for letter in said)
    }


def literal_sentences(requests: Iterable[Any], allowed: set[str], written: Iterable[str] = ()) -> list[str]:
    """Return what was said anywhere without coming from the texts, with the words that are too many."""
    found: list[str] = []
    for place, said in _spoken(requests):
        rest = _without(said, allowed, written)
        if any(letter.isalpha() for letter in rest):
            found.append(f"{place}: {rest.strip()!r} in {said!r}")
    return found


def _spoken(requests: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for request in requests:
        keys = (*SPOKEN, "name") if request.path.endswith(("/channels", "/roles", "/threads")) else SPOKEN
        if request.reason:
            yield "reason", unquote(request.reason)
        for node in _nodes(request.json):
            for key in keys:
                if isinstance(node.get(key), str):
                    yield key, node[key]


def _nodes(body: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside a body."""
    waiting = [json.loads(json.dumps(body, default=str))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            yield node
            waiting += node.values()


def _without(said: str, allowed: set[str], written: Iterable[str]) -> str:
    """Take away what is ours, what is nobody's language, names, and what people wrote themselves."""
    rest = _OURS.sub(" ", said)
    if len(said) in CUT_AT:
        rest = _CUT.sub(" ", rest)
    rest = _plain(rest)
    for whole in sorted(written, key=len, reverse=True):
        rest = _without_shown(rest, whole)
    for name in sorted(allowed, key=len, reverse=True):
        rest = rest.replace(name, " ")
    return _NEUTRAL.sub(" ", rest)


def _without_shown(said: str, whole: str) -> str:
    """Take away something that a person wrote, whole or cut off with "…"."""
    if whole in said:
        return said.replace(whole, " ")
    for length in range(len(whole), 0, -1) if "…" in said else ():
        if f"{whole[:length]}…" in said:
            return said.replace(f"{whole[:length]}…", " ")
    return said


def _plain(said: str) -> str:
    """Return words on one line, without references, what cannot be seen, and signs that keep words from being markup."""
    seen = "".join(c for c in said if c != "\\" and (c.isspace() or not unicodedata.category(c).startswith("C")))
    return " ".join(_REFERENCE.sub(" ", seen).split())


LIMITS: dict[str, int] = {
    "content": 2_000,
    "custom_id": 100,
    "label": 80,
    "placeholder": 150,
    "title": 45,
    "topic": 1_024,
    "url": 512,
}
"""The most characters of a field where no rule below says otherwise."""
COMMAND, ROW, BUTTON, SELECT, INPUT, LABEL = "command", 1, 2, 3, 4, 18
RADIO, CHECKBOXES = 21, 22


def too_large(requests: Iterable[Any]) -> list[str]:
    """Return what is longer or more than Discord takes, measured without the marks of the pseudo-locale."""
    found: list[str] = []
    for request in requests:
        command = request.path.endswith("/commands")
        for node in _nodes(request.json):
            found += _too_long(node, command=command)
            found += _too_many(node)
        if len(unquote(request.reason or "")) > 512:
            found.append("reason")
    return found


def _too_long(node: dict[str, Any], *, command: bool) -> list[str]:
    most = dict(LIMITS)
    if command:
        most |= {"name": 32, "description": 100}
    elif "filename" in node:
        most["description"] = 1_024
    elif node.get("type") == LABEL:
        most |= {"label": 45, "description": 100}
    elif node.get("type") == INPUT:
        most |= {"label": 45, "placeholder": 100, "value": 4_000}
    elif "type" not in node and "value" in node:  # an option of a select or a group of choices
        most |= {"label": 100, "value": 100, "description": 100}
    else:
        most |= {"name": 100}
    sizes = {key: len(re.sub("[⟦⟧]", "", str(node[key]))) for key in most if isinstance(node.get(key), str)}
    return [f"{key} of {size} (at most {most[key]}): {node[key]!r}" for key, size in sizes.items() if size > most[key]]


def _too_many(node: dict[str, Any]) -> list[str]:
    found = []
    inside, options = node.get("components"), node.get("options")
    if isinstance(inside, list) and len(inside) > 5:
        found.append(f"{len(inside)} rows, buttons or fields (at most 5)")
    if isinstance(options, list) and len(options) > (10 if node.get("type") in (RADIO, CHECKBOXES) else 25):
        found.append(f"{len(options)} options")
    if isinstance(options, list) and node.get("type") == SELECT and not options:
        found.append("a select without options")
    return found
