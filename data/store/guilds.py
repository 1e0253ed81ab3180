"""Guilds, their programmes, and the channels and roles these are bound to."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from bot.domain.guilds import Guild, Programme
from bot.domain.presets import CATEGORY
from data.schema import bindings, guilds, leaders, members, named_adults, people, programme_texts, programmes
from data.store._prepared import upsert

_insert_guild = upsert(guilds, key=["guild_id"], update=[])


def ensure(
    tx: sa.Connection, guild_id: int, *, key_salt: bytes, locale: str, zone: str, countries: list[str], now: dt.datetime
) -> None:
    """Make the guild's row if there is none."""
    _insert_guild(
        tx,
        {
            "guild_id": guild_id,
            "key_salt": key_salt,
            "locale": locale,
            "zone": zone,
            "countries": countries,
            "command_ids": {},
            "added_at": now,
        },
    )


def fetch(tx: sa.Connection, guild_id: int) -> Guild | None:
    """Return the guild with its programmes and bindings."""
    found = _fetch(tx, lambda table: table.c.guild_id == guild_id)
    return found[0] if found else None


def fetch_all(tx: sa.Connection) -> list[Guild]:
    """Return every guild with its programmes and bindings."""
    return _fetch(tx, lambda table: sa.true())


def _fetch(tx: sa.Connection, chosen: Callable[[sa.Table], sa.ColumnElement[bool]]) -> list[Guild]:
    programmes_of, adults = _programmes(tx, chosen), _adults(tx, chosen)
    return [
        Guild(
            guild_id=row.guild_id,
            key_salt=row.key_salt,
            locale=row.locale,
            zone=row.zone,
            countries=tuple(row.countries),
            ages=row.ages,
            commands_hash=row.commands_hash,
            command_ids=row.command_ids,
            programmes=tuple(programmes_of[row.guild_id]),
            adult_id=adults.get(row.guild_id),
            welcomed_at=row.welcomed_at,
            removed_at=row.removed_at,
        )
        for row in tx.execute(sa.select(guilds).where(chosen(guilds)))
    ]


def _programmes(
    tx: sa.Connection, chosen: Callable[[sa.Table], sa.ColumnElement[bool]]
) -> defaultdict[int, list[Programme]]:
    bound: dict[tuple[str, str], dict[str, int]] = {}
    for b in tx.execute(sa.select(bindings).where(chosen(bindings))):
        kind = CATEGORY if b.purpose == CATEGORY else b.kind
        bound.setdefault((b.programme_id, kind), {})[b.purpose] = b.discord_id
    texts: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for text in tx.execute(sa.select(programme_texts).where(chosen(programme_texts))):
        texts[text.programme_id][text.name] = text.body
    certified = _certified(tx, chosen)
    found: defaultdict[int, list[Programme]] = defaultdict(list)
    for p in tx.execute(
        sa.select(programmes).where(chosen(programmes)).order_by(programmes.c.created_at, programmes.c.preset)
    ):
        found[p.guild_id].append(
            Programme(
                id=p.id,
                guild_id=p.guild_id,
                preset=p.preset,
                state=p.state,
                draft=p.draft,
                channels=bound.get((p.id, "channel"), {}),
                roles=bound.get((p.id, "role"), {}),
                category_id=bound.get((p.id, CATEGORY), {}).get(CATEGORY),
                texts=texts[p.id],
                certified=certified.get(p.id, 0),
            )
        )
    return found


def _certified(tx: sa.Connection, chosen: Callable[[sa.Table], sa.ColumnElement[bool]]) -> dict[str, int]:
    """Return by programme how many people are certified to lead it and not resting."""
    leading = (leaders.c.certified_on.is_not(None), leaders.c.resting_since.is_(None))
    rows = tx.execute(
        sa.select(leaders.c.programme_id, sa.func.count())
        .where(chosen(leaders), *leading)
        .group_by(leaders.c.programme_id)
    )
    return {row.programme_id: row[1] for row in rows}


def _adults(tx: sa.Connection, chosen: Callable[[sa.Table], sa.ColumnElement[bool]]) -> dict[int, int]:
    """Return by guild the user id of its named adult."""
    rows = tx.execute(
        sa.select(named_adults.c.guild_id, people.c.user_id)
        .join(
            members, sa.and_(members.c.guild_id == named_adults.c.guild_id, members.c.ref == named_adults.c.member_ref)
        )
        .join(people, people.c.id == members.c.person_id)
        .where(chosen(named_adults))
    )
    return {row.guild_id: row.user_id for row in rows}


def fetch_removed(tx: sa.Connection) -> dict[int, bool]:
    """Return of every guild whether the bot was taken out of it."""
    return {row.guild_id: row.removed_at is not None for row in tx.execute(sa.select(guilds))}


def update(tx: sa.Connection, guild_id: int, **values: Any) -> None:
    """Set columns of the guild's row."""
    tx.execute(sa.update(guilds).where(guilds.c.guild_id == guild_id).values(**values))


def insert_programme(
    tx: sa.Connection, programme_id: str, guild_id: int, *, preset: str, draft: Mapping[str, Any], now: dt.datetime
) -> None:
    """Add a programme in draft; the guild may have one of each preset, and an existing one is left as it is."""
    _insert_programme(
        tx,
        {
            "id": programme_id,
            "guild_id": guild_id,
            "preset": preset,
            "state": "draft",
            "draft": dict(draft),
            "created_at": now,
        },
    )


_insert_programme = upsert(programmes, key=["guild_id", "preset"], update=[])


def update_programme(
    tx: sa.Connection,
    guild_id: int,
    programme_id: str,
    *,
    was: tuple[str, ...] | None = None,
    attempt: dt.datetime | None = None,
    idle: bool = False,
    **values: Any,
) -> bool:
    """Set columns of a programme and tell whether a row changed.

    Only from one of the states in `was`, and only in the attempt that began at `attempt`, where these are given; `idle`:
    only while no attempt is under way.
    """
    where = [programmes.c.id == programme_id, programmes.c.guild_id == guild_id]
    if was is not None:
        where.append(programmes.c.state.in_(was))
    if attempt is not None:
        where.append(programmes.c.applying_at == attempt)
    if idle:
        where.append(programmes.c.applying_at.is_(None))
    return bool(tx.execute(sa.update(programmes).where(*where).values(**values)).rowcount)


def free_stale(tx: sa.Connection, guild_id: int, *, before: dt.datetime, doing: frozenset[str] | None = None) -> None:
    """Let set-ups of the guild be taken up again whose attempt showed no life since `before` and never ended.

    With `doing`, what this process is at by itself, all others have died with theirs. A programme that was live stays so.
    """
    dead = programmes.c.applying_at < before
    if doing is not None:
        dead = sa.or_(dead, programmes.c.id.not_in(sorted(doing)))
    stale = (programmes.c.guild_id == guild_id, programmes.c.applying_at.is_not(None), dead)
    tx.execute(sa.update(programmes).where(*stale, programmes.c.state == "applying").values(state="draft"))
    tx.execute(sa.update(programmes).where(*stale, programmes.c.state != "applying").values(applying_at=None))


def fetch_applying(tx: sa.Connection, guild_id: int) -> frozenset[str]:
    """Return the ids of the guild's programmes that are being set up or changed at this moment."""
    doing = (programmes.c.guild_id == guild_id, programmes.c.applying_at.is_not(None))
    return frozenset(tx.execute(sa.select(programmes.c.id).where(*doing)).scalars())


def fetch_made(tx: sa.Connection, guild_id: int, programme_id: str) -> frozenset[int]:
    """Return the ids of the channels and roles bound to the programme that were made by us."""
    mine = (bindings.c.guild_id == guild_id, bindings.c.programme_id == programme_id, bindings.c.made_by_us)
    return frozenset(tx.execute(sa.select(bindings.c.discord_id).where(*mine)).scalars())


_bind = upsert(bindings, key=["guild_id", "programme_id", "kind", "purpose"], update=["discord_id", "made_by_us"])


def bind(
    tx: sa.Connection,
    binding_id: str,
    guild_id: int,
    programme_id: str,
    *,
    kind: str,
    purpose: str,
    discord_id: int,
    made_by_us: bool,
) -> None:
    """Bind a channel or role to a purpose of the programme, replacing an earlier one.

    The keys refuse a programme that is not the guild's.
    """
    _bind(
        tx,
        {
            "id": binding_id,
            "guild_id": guild_id,
            "programme_id": programme_id,
            "kind": kind,
            "purpose": purpose,
            "discord_id": discord_id,
            "made_by_us": made_by_us,
        },
    )


def rebind(tx: sa.Connection, guild_id: int, *, kind: str, purpose: str, was: int, now: int) -> None:
    """Bind whatever in the guild is bound to `was` for a purpose to `now`, which somebody else made."""
    same = (bindings.c.guild_id == guild_id, bindings.c.kind == kind, bindings.c.purpose == purpose)
    where = (*same, bindings.c.discord_id == was)
    tx.execute(sa.update(bindings).where(*where).values(discord_id=now, made_by_us=False))
