"""What a programme is bound to, and letting go of it piece by piece."""

from collections.abc import Sequence

import sqlalchemy as sa

from bot.domain.undoing import Binding
from data.schema import bindings, panels


def fetch_bindings(tx: sa.Connection, guild_id: int) -> list[Binding]:
    """Return what all programmes of a guild are bound to."""
    columns = [bindings.c[name] for name in Binding.__slots__]
    return [Binding(*row) for row in tx.execute(sa.select(*columns).where(bindings.c.guild_id == guild_id))]


def leave_to_others(tx: sa.Connection, guild_id: int, programme_id: str, *, kind: str, discord_id: int) -> None:
    """Let go of a channel or role that other programmes use; if we made it, that is theirs to know from now on."""
    same = (bindings.c.guild_id == guild_id, bindings.c.kind == kind, bindings.c.discord_id == discord_id)
    mine = (*same, bindings.c.programme_id == programme_id)
    if True in tx.execute(sa.select(bindings.c.made_by_us).where(*mine)).scalars().all():
        tx.execute(sa.update(bindings).where(*same).values(made_by_us=True))
    tx.execute(sa.delete(bindings).where(*mine))


def leave_channel_to(tx: sa.Connection, guild_id: int, programme_id: str, *, purpose: str, heir: str) -> None:
    """Hand the channel of a purpose over to another programme, which has none of that purpose yet."""
    tx.execute(
        sa.update(bindings)
        .where(
            bindings.c.guild_id == guild_id,
            bindings.c.programme_id == programme_id,
            bindings.c.kind == "channel",
            bindings.c.purpose == purpose,
        )
        .values(programme_id=heir)
    )


def forget(tx: sa.Connection, guild_id: int, programme_id: str, *, kind: str, discord_id: int) -> None:
    """Let go of a channel or role, and of the panels that stood in that channel."""
    tx.execute(
        sa.delete(bindings).where(
            bindings.c.guild_id == guild_id,
            bindings.c.programme_id == programme_id,
            bindings.c.kind == kind,
            bindings.c.discord_id == discord_id,
        )
    )
    if kind == "channel":
        _forget_panels(tx, guild_id, programme_id, [panels.c.channel_id == discord_id])


def forget_panel(tx: sa.Connection, guild_id: int, programme_id: str, *, kind: str) -> None:
    """Let go of a panel."""
    _forget_panels(tx, guild_id, programme_id, [panels.c.kind == kind])


def forget_all(tx: sa.Connection, guild_id: int, programme_id: str) -> None:
    """Let go of all that a programme is still bound to."""
    mine = (bindings.c.guild_id == guild_id, bindings.c.programme_id == programme_id)
    tx.execute(sa.delete(bindings).where(*mine))
    _forget_panels(tx, guild_id, programme_id, [])


def _forget_panels(
    tx: sa.Connection, guild_id: int, programme_id: str, where: Sequence[sa.ColumnElement[bool]]
) -> None:
    mine = (panels.c.guild_id == guild_id, panels.c.programme_id == programme_id)
    tx.execute(sa.delete(panels).where(*mine, *where))
