"""The server's scheduled events, as one person of the town sees them in Discord's list.

It reads the simulated Discord; who plans them is the bot's affair.
"""

from dataclasses import dataclass

from simcord.backend.access import can_access_channel

from bot.demo.town import Person, Town

PLANNED, RUNNING = 1, 2


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `id` as text, too large for a browser's numbers. `starts_at` is an instant in ISO form."""

    id: str
    name: str
    starts_at: str
    where: str
    about: str
    running: bool
    interested: int
    mine: bool


def listed(town: Town, person: Person) -> list[Event]:
    """List what is planned or going on and what this person may know of, the next first."""
    stored = town.env.backend.get_guild(town.guild.id).scheduled_events.values()
    found = []
    for one in sorted(stored, key=lambda event: (event.scheduled_start_time, event.id)):
        if one.status not in (PLANNED, RUNNING):
            continue
        if one.channel_id is not None and not can_access_channel(town.env, one.channel_id, person.actor):
            continue
        found.append(
            Event(
                id=str(one.id),
                name=one.name,
                starts_at=one.scheduled_start_time,
                where=_where(town, one.channel_id, one.entity_metadata),
                about=one.description or "",
                running=one.status == RUNNING,
                interested=len(one.user_ids),
                mine=person.actor.id in one.user_ids,
            )
        )
    return found


def _where(town: Town, channel_id: int | None, elsewhere: dict[str, str] | None) -> str:
    if channel_id is not None:
        return str(town.env.backend.get_channel(channel_id).name)
    return (elsewhere or {}).get("location", "")
