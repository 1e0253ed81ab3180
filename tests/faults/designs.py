"""Two ways of delivering that are known to be wrong, and which the harness must see through.

They stand on the same rows, claims and crash points as the postman does, and say the same messages.
"""

import datetime as dt
import secrets
from typing import Any

import sqlalchemy as sa

from bot import crash
from bot.delivery.calls import FAILURES, bounded
from bot.delivery.message import marked
from bot.domain.outbox import marker
from bot.kit.bot import PeerBot
from bot.services import outbox, recipients
from data.schema import OUTBOX_LIVE
from data.schema import outbox as table
from tests.faults.orders import Orders


async def send_then_mark(bot: PeerBot, orders: Orders) -> None:
    """Send what is due under a new nonce, then write down that it was: whoever dies between says it again."""
    db, clock = bot.tools.db, bot.tools.clock
    lease = dt.timedelta(seconds=orders.lease)
    rows = await outbox.claim(db, clock, worker=secrets.token_hex(8), limit=orders.batch, lease=lease)
    if rows:
        await crash.point("after_claim")
    for row in rows:
        message_id = await _send(bot, orders, row)
        await crash.point("after_answer")
        with crash.during("in_mark"):
            await outbox.sent(db, clock, row, message_id=message_id)
        await crash.point("after_mark")


async def delete_then_send(bot: PeerBot, orders: Orders) -> None:
    """Take what is due out of the database, then send it: what nobody has and nobody sent is gone."""
    now = bot.tools.clock.now()
    chosen = sa.select(table.c.id).where(OUTBOX_LIVE, table.c.ready_at <= now).limit(orders.batch).scalar_subquery()
    taking = sa.delete(table).where(table.c.id.in_(chosen)).returning(table)
    rows = await bot.tools.db.write(lambda tx: list(tx.execute(taking).all()))
    if rows:
        await crash.point("after_claim")
    for row in rows:
        await _send(bot, orders, row)
        await crash.point("after_answer")


DESIGNS = {"send-then-mark": send_then_mark, "delete-then-send": delete_then_send}


async def _send(bot: PeerBot, orders: Orders, row: Any) -> int | None:
    channel_id = row.payload["channel"]
    if row.member_ref is not None:
        person = await recipients.find(bot.tools.db, row.guild_id, row.member_ref)
        assert person is not None
        assert person.reach is not None
        channel_id = person.reach.channel_id
    carried = marked(f"note {row.subject}", None, marker(bot.delivery.marker_key, row.dedupe_key))
    channel = bot.get_partial_messageable(channel_id)
    sending = channel.send(view=carried.view, nonce=str(secrets.randbits(62)))  # type: ignore[call-overload]  # one of two
    try:
        with crash.during("in_call"):
            return (await bounded(sending, orders.call)).id
    except FAILURES:
        return None
