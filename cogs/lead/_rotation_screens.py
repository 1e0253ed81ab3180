"""Pools as leaders see them: who is in them, who hosts what comes, how turns stand in numbers and as a picture.

People stand in the order in which they joined, never in that of their numbers.
"""

import io
from fractions import Fraction
from typing import Any

import discord

from bot.domain.guilds import Guild, Programme
from bot.domain.rotations import Seat
from bot.errors import PeerError
from bot.kit import bars, guards, times, views
from bot.kit.call import CONTENT_LIMIT, Call, Reply
from bot.kit.views import Style
from bot.services import rotations
from bot.services.rotations import Next, Shown, Standing, Turn

MOST_TURNS = 6
"""Meetings ahead that a screen lists."""
ROW = 5


async def everything(call: Call, guild: Guild, programme: Programme) -> Reply:
    """Show the programme's pools to those who lead, and to everybody those that they are in themselves."""
    tools, leads = call.tools, guards.leads(call.actor, programme) or call.actor.manages_guild
    own = await rotations.own(tools.db, call.actor, programme)
    if not leads and not own:
        raise PeerError("error.only_leaders")
    known = await rotations.pools(tools.db, call.actor, programme) if leads else ()
    said = [call.t("rotations.pools")]
    said += [call.t("rotations.pools.own", pool=times.plain(name)) for _, name in own]
    if leads and not known:
        create = call.interaction.client.command_sets.mention("lead rotation create", guild)
        said.append(call.t("rotations.pools.none", create=create))
    if len(known) > ROW * 3:
        said.append(call.t("rotations.pools.more"))
    buttons = [views.button(one.name, f"lead:pool:{programme.id}.{one.id}", Style.primary) for one in known]
    leave = [
        views.button(call.t("rotations.button.leave", pool=name)[:80], f"lead:pool-remove:{programme.id}.{row_id}")
        for row_id, name in own[:ROW]
    ]
    away = [
        views.button(call.t("rotations.button.away", pool=name)[:80], f"lead:pool-away:{programme.id}.{row_id}")
        for row_id, name in own[:ROW]
    ]
    return Reply("\n".join(said), views.rows(buttons[:5], buttons[5:10], buttons[10:15], away, leave))


def pool(call: Call, guild: Guild, programme: Programme, shown: Shown, notice: str = "") -> Reply:
    """Show a pool with all that changes it."""
    one = shown.pool
    said = [*([notice, ""] if notice else []), call.t("rotations.pool", name=times.plain(one.name))]
    said.append(call.t(f"rotations.pool.seats.{'two' if one.seats == 2 else 'one'}"))
    said += [call.t("rotations.pool.rest", n=one.rest)] if one.rest else []
    said += [call.t("rotations.pool.days", n=one.min_days)] if one.min_days else []
    said += ["", *_people(call, shown), "", *_turns(call, shown)]
    token = f"{programme.id}.{one.id}"
    buttons = [
        views.button(call.t("rotations.button.balance"), f"lead:pool-balance:{token}", Style.primary),
        views.button(call.t("rotations.button.pools"), f"lead:pools:{programme.id}"),
    ]
    rows: list[list[discord.ui.Item[Any]]] = [[_somebody(f"lead:pool-add:{token}", call.t("rotations.choose.add"))]]
    if shown.people:
        rows.append([_somebody(f"lead:pool-out:{token}", call.t("rotations.choose.remove"))])
    if shown.series:
        rows.append([_series(call, token, shown)])
    rows.append(list(buttons))
    return Reply("\n".join(said)[:CONTENT_LIMIT], views.rows(*rows))


async def put_in(
    call: Call, guild: Guild, programme: Programme, pool_id: str, user_id: int, *, is_bot: bool = False
) -> Reply:
    """Put somebody into a pool and show it."""
    tools = call.tools
    shown, new = await rotations.add(tools.db, tools.clock, call.actor, programme, pool_id, user_id, is_bot=is_bot)
    call.interaction.client.delivery.wake()
    said = call.t("rotations.add.done" if new else "rotations.add.already", person=f"<@{user_id}>")
    return pool(call, guild, programme, shown, said)


def ask_remove(call: Call, programme: Programme, shown: Shown, one: Standing) -> Reply:
    """Ask whether somebody, or whoever asks, is to be taken out."""
    own = one.user_id == call.actor.user_id
    ahead = sum(any(user_id == one.user_id for user_id, _ in turn.hosts) for turn in shown.turns)
    name = times.plain(shown.pool.name)
    said = [
        call.t("rotations.leave.ask", pool=name)
        if own
        else call.t("rotations.remove.ask", person=f"<@{one.user_id}>", pool=name)
    ]
    said += [call.t("rotations.remove.ahead", n=ahead)] if ahead else []
    yes = "rotations.button.leave_yes" if own else "rotations.button.remove_yes"
    term = views.button(call.t("rotations.button.term"), f"lead:pool-term:{programme.id}.{one.id}")
    may_lead = guards.leads(call.actor, programme) or call.actor.manages_guild
    buttons = [
        views.button(call.t(yes), f"lead:pool-remove-yes:{programme.id}.{one.id}", Style.danger),
        *([term] if may_lead else []),
        views.button(call.t("rotations.button.keep"), f"lead:pools:{programme.id}"),
    ]
    return Reply("\n".join(said), views.rows(buttons))


async def balance(call: Call, guild: Guild, programme: Programme, shown: Shown) -> Reply:
    """Show how turns stand: a picture, the same in words, and why the next is next."""
    said = [call.t("rotations.balance", name=times.plain(shown.pool.name)), call.t("rotations.balance.how"), ""]
    said += [_balance_line(call, number, one) for number, one in enumerate(shown.people, 1)]
    said += ["", *(_why(call, one) for one in shown.next)] if shown.next else ["", call.t("rotations.balance.nobody")]
    back = views.button(call.t("rotations.button.back"), f"lead:pool:{programme.id}.{shown.pool.id}")
    return Reply("\n".join(said)[:CONTENT_LIMIT], views.rows([back]), await _picture(call, shown))


async def _picture(call: Call, shown: Shown) -> list[discord.File]:
    rows = tuple((str(number), float(one.hosted), float(one.share)) for number, one in enumerate(shown.people, 1))
    labels = (call.t("rotations.balance.hosted"), call.t("rotations.balance.share"))
    png = await bars.pairs(rows, labels)
    if png is None:
        return []
    numbers = "; ".join(
        call.t("rotations.balance.alt.one", number=number, hosted=one.hosted, share=_turns_of(one.share))
        for number, one in enumerate(shown.people, 1)
    )
    alt = call.t("rotations.balance.alt", numbers=numbers)
    return [discord.File(io.BytesIO(png), filename="turns.png", description=alt[:1024])]


def _balance_line(call: Call, number: int, one: Standing) -> str:
    numbers = {"number": number, "person": f"<@{one.user_id}>", "hosted": one.hosted, "share": _turns_of(one.share)}
    key = "behind" if one.owed > 0 else "ahead" if one.owed < 0 else "level"
    return call.t(f"rotations.balance.line.{key}", **numbers, by=_turns_of(abs(one.owed)))


def _why(call: Call, found: Next) -> str:
    seat = call.t(f"rotations.seat.{found.first.seat.value}")
    words: dict[str, Any] = {"seat": seat, "first": f"<@{found.first.user_id}>", "owed": _turns_of(found.first.owed)}
    if found.second is not None:
        words |= {"second": f"<@{found.second.user_id}>", "other": _turns_of(found.second.owed)}
    return call.t(f"rotations.why.{found.why.value}", **words)


def _people(call: Call, shown: Shown) -> list[str]:
    if not shown.people:
        return [call.t("rotations.pool.nobody")]
    found = []
    for seat in Seat:
        there = [f"<@{one.user_id}>" for one in shown.people if one.seat is seat]
        found += [call.t(f"rotations.pool.{seat.value}", people=", ".join(there))] if there else []
    return found


def _turns(call: Call, shown: Shown) -> list[str]:
    if not any(hosts for _, _, hosts in shown.series):
        return [call.t("rotations.pool.no_series")]
    if not shown.turns:
        return [call.t("rotations.pool.no_turns")]
    return [_turn(call, one) for one in shown.turns[:MOST_TURNS]]


def _turn(call: Call, one: Turn) -> str:
    hosts = [
        call.t("rotations.turn.confirmed" if confirmed else "rotations.turn.asked", person=f"<@{user_id}>")
        for user_id, confirmed in one.hosts
    ]
    hosts += [call.t("rotations.turn.open")] if one.is_open else []
    return call.t("rotations.turn", at=times.at(one.starts_at), title=times.plain(one.title), hosts=", ".join(hosts))


def _turns_of(number: Fraction) -> str:
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def _somebody(custom_id: str, placeholder: str) -> discord.ui.UserSelect[Any]:
    return discord.ui.UserSelect[Any](custom_id=custom_id, placeholder=placeholder, min_values=1, max_values=1)


def _series(call: Call, token: str, shown: Shown) -> discord.ui.Select[Any]:
    options = [
        discord.SelectOption(label=title, value=row_id, default=hosts)
        for row_id, title, hosts in shown.series[: rotations.MOST_SERIES_SHOWN]
    ]
    return discord.ui.Select[Any](
        custom_id=f"lead:pool-series:{token}",
        placeholder=call.t("rotations.choose.series"),
        options=options,
        min_values=0,
        max_values=len(options),
    )
