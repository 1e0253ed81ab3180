"""Who presses, as the rules want to know it, asked afresh in the very transaction of the press."""

import sqlalchemy as sa

from bot.domain import leaders
from bot.domain.actor import Actor
from bot.domain.guilds import Programme
from bot.domain.runs import Presser, Run
from bot.errors import PeerError
from data.store import people
from data.store import runs as store
from data.store.runs import About

NOBODY = "0" * 32
"""The ref of somebody who is not known to the bot: no row bears it."""


def find(tx: sa.Connection, programme: Programme, run_id: str) -> Run:
    """Return a run of the programme; raises PeerError where it has none such."""
    run = store.fetch(tx, programme.guild_id, run_id)
    if run is None or run.programme_id != programme.id:
        raise PeerError("runs.gone")
    return run


def about(tx: sa.Connection, programme: Programme, meeting_id: str) -> About:
    """Return a meeting of the programme, by its id or by that of a turn at hosting it; raises PeerError where there is none."""
    guild_id = programme.guild_id
    found = store.fetch_about(tx, guild_id, meeting_id) or store.fetch_about_of_turn(tx, guild_id, meeting_id)
    if found is None or found.programme_id != programme.id:
        raise PeerError("runs.no_meeting")
    return found


def leads(actor: Actor, programme: Programme) -> bool:
    """Tell whether somebody leads the programme or manages the server."""
    return leaders.rights(actor, programme, None).teach


def ref_of(tx: sa.Connection, actor: Actor, programme: Programme) -> str:
    """Return the ref of whoever acts, `NOBODY`'s where the bot does not know them."""
    member = people.fetch_member(tx, programme.guild_id, actor.user_id)
    return member.ref if member is not None else NOBODY


def presser(tx: sa.Connection, actor: Actor, programme: Programme, meeting_id: str, ref: str) -> Presser:
    """Return what holds for whoever presses at this moment."""
    guild_id = programme.guild_id
    return Presser(
        ref=ref,
        leads=leads(actor, programme),
        may_host=store.is_in_pool(tx, guild_id, meeting_id, ref),
        said_yes=store.said_yes(tx, guild_id, meeting_id, ref),
    )
