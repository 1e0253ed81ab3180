"""Presses and submitted forms, found by their custom id.

discord.py stores no view and no modal of ours (`bot.kit.views` stops them before they are sent), so each one comes here,
after any restart and whoever else has the same form open. A custom id is `feature:verb:token`; it carries no authority:
the route's guard and the handler check everything afresh.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord

from bot.kit import guards
from bot.kit.call import Call, Guard, Handler, Reply, actor_of, answer

if TYPE_CHECKING:
    from bot.kit.bot import PeerBot

MARK = "~"
"""What follows it in a custom id is how delivery finds a message again, and nothing to a handler; no token contains it."""


@dataclass(frozen=True, slots=True)
class Route:
    """A handler, who may use it, and how it answers."""

    name: str
    handler: Handler
    guard: Guard
    in_place: bool
    opens_form: bool


def route(
    name: str, *, guard: Guard, in_place: bool = False, opens_form: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a cog's method as the handler of `feature:verb`.

    `in_place`: the answer replaces the private message that was pressed. `opens_form`: the handler may open a form, so it
    is not deferred and must be quick.
    """

    def mark(method: Callable[..., Any]) -> Callable[..., Any]:
        method.__route__ = (name, guard, in_place, opens_form)  # type: ignore[attr-defined]  # functions take attributes
        return method

    return mark


class Router:
    """All routes, by `feature:verb`."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}

    def collect(self, cog: object) -> None:
        """Add the marked methods of a cog; raises ValueError for a name that is taken."""
        for attribute in dir(type(cog)):
            marked = getattr(getattr(type(cog), attribute), "__route__", None)
            if marked is None:
                continue
            name, guard, in_place, opens_form = marked
            if name in self.routes:
                raise ValueError(f"two handlers for {name}")
            self.routes[name] = Route(name, getattr(cog, attribute), guard, in_place, opens_form)

    async def dispatch(self, interaction: "discord.Interaction[PeerBot]") -> None:
        """Answer a press or a submitted form."""
        data: Any = interaction.data
        name, _, token = str(data["custom_id"]).rpartition(":")
        found = self.routes.get(name)
        call = Call(interaction, actor_of(interaction), token.partition(MARK)[0], read_fields(data))
        if found is None:
            await answer(call, _gone, guard=guards.anyone)
            return
        call.in_place = found.in_place and _is_private(interaction)
        await answer(call, found.handler, guard=found.guard, opens_form=found.opens_form)


def _is_private(interaction: "discord.Interaction[PeerBot]") -> bool:
    """Only a private message may be replaced by its answer; a panel that everybody reads never is."""
    return interaction.message is not None and interaction.message.flags.ephemeral


def read_fields(data: Any) -> dict[str, Any]:
    """Return what a form's fields or a select hold, by custom id; `values` for the pressed select itself."""
    fields: dict[str, Any] = {}
    if data.get("values") is not None:
        fields["values"] = list(data["values"])
    for row in data.get("components", ()):
        for component in [row["component"]] if "component" in row else row.get("components", ()):
            if "custom_id" in component:
                fields[component["custom_id"]] = component.get("value", component.get("values"))
    return fields


async def _gone(call: Call) -> Reply:
    return Reply(call.t("error.button_gone"))
