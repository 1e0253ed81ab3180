"""Buttons, selects and forms in our form: fixed ids, kept by nobody, so that the router alone answers them."""

from collections.abc import Iterable
from typing import Any

import discord

Style = discord.ButtonStyle


def button(
    label: str, custom_id: str, style: Style = Style.secondary, *, disabled: bool = False
) -> discord.ui.Button[Any]:
    """Make a button."""
    return discord.ui.Button(label=label, custom_id=custom_id, style=style, disabled=disabled)


def link(label: str, url: str) -> discord.ui.Button[Any]:
    """Make a button that opens a page."""
    return discord.ui.Button(label=label, url=url)


def rows(*rows_of_items: Iterable[discord.ui.Item[Any]]) -> discord.ui.View:
    """Lay items out in rows."""
    view = discord.ui.View(timeout=None)
    for number, items in enumerate(rows_of_items):
        for item in items:
            item.row = number
            view.add_item(item)
    view.stop()
    return view


def form(title: str, custom_id: str, *items: discord.ui.Item[Any]) -> discord.ui.Modal:
    """Make a form; every field in `items` has a custom id of its own."""
    modal = discord.ui.Modal(title=title[:45], custom_id=custom_id, timeout=None)
    for item in items:
        modal.add_item(item)
    modal.stop()
    return modal


def pages(lines: Iterable[str], limit: int) -> list[str]:
    """Return lines in as few messages of at most `limit` characters as they fit into; none is cut off unless it is longer."""
    found = [""]
    for line in lines:
        longer = f"{found[-1]}\n{line}"
        if len(longer) > limit:
            found.append(line)
        else:
            found[-1] = longer
    return [page.strip() for page in found]
