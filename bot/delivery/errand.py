"""One message on its way: from the claim to the mark, in an order in which no crash loses it or says it twice.

First comes whatever may end it without a byte (unknown, too late, not wanted, nowhere to go); then, where an earlier try may
have arrived, the look; then when and where it is tried is written down; then it is sent; then it is marked. What becomes of
it after a failure says `bot.domain.outbox.meaning`. Nothing here decides whether something should be said.
"""

import asyncio
import datetime as dt
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any, Literal

import discord

from bot import crash, logs
from bot.delivery import history
from bot.delivery.calls import FAILURES, Failure, bounded, read_failure
from bot.delivery.events import Board, MakeCall
from bot.delivery.kinds import Kind, Say
from bot.delivery.message import marked
from bot.delivery.places import A_MOMENT, ELSEWHERE, Later, Place, Unreachable, Ways
from bot.domain.guilds import Guild
from bot.domain.outbox import OPS_IN_USE, Claimed, Outcome, Over, backoff, marker
from bot.errors import PeerError
from bot.kit import threads
from bot.services import notices, outbox, recipients
from bot.services.outbox import AfterSent

if TYPE_CHECKING:
    from bot.delivery.postman import Delivery

log = logging.getLogger(__name__)

AWAY = dt.timedelta(hours=1)
"""When it is looked again whether the bot is back in a guild that it was taken out of."""
GIVE_UP = dt.timedelta(days=1)
"""How long after its end it is tried to find out whether something arrived."""
MARK_AGAIN = (0.2, 1.0, 3.0)
"""Seconds before a mark that the database did not take is tried again; after that the lease runs out."""
PATIENCE = 6
"""How often a message fails before what waits behind it goes past: some two minutes, when Discord is away for a moment."""
INEXACT = 2.0
"""Seconds by which two readings of Discord's time may differ: it is told in whole ones."""
_GRAIN = 1_000_000

Road = Literal["goes on", "is blocked"]
"""Whether what waits behind this message may go now: not where Discord or the database does not answer."""


class TakenOver(Exception):
    """The lease has run out, and somebody else has the message by now."""


class TokenRefused(Exception):
    """Discord does not know the bot any more: nothing may be sent."""


class Errand:
    """What one worker does with one claimed message."""

    def __init__(self, post: "Delivery", row: Claimed, *, lease_ends: float) -> None:
        self._post = post
        self._bot = post.bot
        self._db, self._clock = post.bot.tools.db, post.bot.tools.clock
        self._row = row
        self._lease_ends = lease_ends
        self._marker = marker(post.marker_key, row.dedupe_key)
        self._tried: tuple[dt.datetime, int | None] | None = None
        """Since when, in Discord's time, a try may stand in which channel; None: none does."""
        self.ready_at = self._clock.now()
        """When a message that failed is tried again."""
        if row.look_from is not None:
            self._tried = row.look_from, row.channel_id

    async def run(self) -> Road:
        """Deliver the message, or write down what became of it; raises `TokenRefused`."""
        try:
            await self._deliver()
        except TakenOver:
            return "goes on"
        except Later as later:
            return await self._give_back(later.at)
        except PeerError as error:
            log.warning("the database did not take a step of a delivery: %s", error.key)
            return await self._again(Failure(Outcome.AGAIN, error.key))
        except FAILURES as error:
            return await self._failed(read_failure(error))
        except Exception as error:  # a mistake in one kind must not end the delivery of all others
            reference = logs.reference()
            log.error(
                "a message of kind %s is tried again later, reference %s", self._row.kind, reference, exc_info=error
            )
            await self._again(Failure(Outcome.AGAIN, f"accident {reference}"))
        return "goes on"

    async def _deliver(self) -> None:
        row, kind = self._row, self._post.kinds.get(self._row.kind)
        if kind is None or row.op not in OPS_IN_USE:
            log.warning("a message of the unknown kind %s is held", row.kind)
            await outbox.hold(
                self._db, self._clock, row, error="unknown kind" if kind is None else f"unknown op {row.op}"
            )
            return
        guild = await self._bot.tools.guilds.get(row.guild_id)
        if self._clock.now() >= row.expires_at:
            return await self._end("expired", None, kind)
        if guild is None or guild.removed_at is not None:
            raise Later(self._clock.now() + AWAY)
        here = self._bot.get_guild(row.guild_id)
        if here is not None and here.unavailable:
            # An outage is no removal: what is refused now would not be for good.
            raise Later(self._clock.now() + (ELSEWHERE if self._bot.settled.is_set() else A_MOMENT))
        facts = await kind.wanted(self._db, self._clock, row)
        if facts is None or facts is False:
            return await self._end("cancelled", "not wanted any more", kind)
        try:
            if row.op == "event":
                await self._to_events(guild, kind, facts, is_here=here is not None)
            elif row.member_ref is None:
                await self._to_audience(guild, kind, facts)
            else:
                await self._to_person(guild, kind, facts)
        except Unreachable as none:
            await self._end(none.state, none.reason, kind)

    async def _to_events(self, guild: Guild, kind: Kind, facts: Any, *, is_here: bool) -> None:
        if not is_here:
            # Its channels and rights are known to the process that serves it.
            raise Later(self._clock.now() + ELSEWHERE)
        if kind.show is None:
            raise LookupError(f"{self._row.kind} shows no events")
        try:
            await kind.show(self._row, facts, guild, Board(self._post, guild.guild_id, self._paced))
        except discord.HTTPException as error:
            failure = read_failure(error)
            if failure.outcome is not Outcome.DEAD:
                raise
            raise Unreachable("dead", failure.text) from None
        await self._mark_sent(None, kind)

    async def _paced(self, make: MakeCall) -> Any:
        """Make one call, where what is left of the lease outlasts it."""
        await self._post.pace.call()
        self._must_have_time()
        with crash.during("in_call"):
            answered = await bounded(make(), self._post.timing.call)
        await crash.point("after_answer")
        return answered

    async def _to_audience(self, guild: Guild, kind: Kind, facts: Any) -> None:
        say = kind.render(self._row, facts, guild.locale)
        if say.channel_id is None:
            raise Unreachable("cancelled", "no channel for it")
        refused = await self._to(Place(say.channel_id), say, kind)
        if refused is not None:
            raise Unreachable("dead", read_failure(refused).text)

    async def _to_person(self, guild: Guild, kind: Kind, facts: Any) -> None:
        assert self._row.member_ref is not None
        person = await recipients.find(self._db, guild.guild_id, self._row.member_ref)
        if person is None:
            raise Unreachable("cancelled", "nobody")
        locale = self._bot.tools.languages.locale(person.user_id, guild.locale)
        said = kind.render(self._row, facts, locale)
        neutral = self._bot.tools.texts.t(locale, "reach.neutral")
        say = Say(f"{neutral}\n\n{said.content}", said.view)
        post = self._post
        ways = Ways(self._bot, post.pace, guild, self._row, person, seconds=post.timing.call)
        place = await ways.chosen(kind.in_quiet)
        while (refused := await self._to(place, say, kind)) is not None:
            place = await ways.instead(place, refused)
        await ways.got_through()

    # -- one place --------------------------------------------------------------------------------------------------------

    async def _to(self, place: Place, say: Say, kind: Kind) -> discord.HTTPException | None:
        """Send it to a place, and mark it, unless it stands somewhere; return the answer by which Discord refused it."""
        post, row = self._post, self._row
        if post.discord_time.is_doubtful:
            await self._ask_the_time()
        holds = self._nonce_holds(place)
        if self._tried is not None and not holds and await self._found(place.channel_id, kind):
            return None
        await post.pace.message(place.channel_id)
        holds = holds and self._nonce_holds(place)
        if self._tried is not None and not holds and await self._found(place.channel_id, kind):
            return None
        self._must_have_time()
        if not holds:
            at = post.discord_time.now()
            if not await outbox.first_try(self._db, row, at=at, channel_id=place.channel_id):
                raise TakenOver
            self._tried = at, place.channel_id
            await crash.point("after_first_try")
        self._must_have_time()
        try:
            with crash.during("in_call"):
                message_id = await bounded(self._send(place, say), post.timing.call)
        except discord.HTTPException as error:
            failure = read_failure(error)
            if failure.outcome is Outcome.DONE:
                await self._mark_sent(None, kind)
                return None
            if failure.outcome is not Outcome.DEAD:
                raise
            # Refused now; an earlier try, of which nothing is known, may have arrived all the same.
            if holds and await self._found(place.channel_id, kind):
                return None
            self._tried = None
            return error
        await crash.point("after_answer")
        await self._mark_sent(message_id, kind)
        return None

    async def _send(self, place: Place, say: Say) -> int:
        channel = self._bot.get_partial_messageable(place.channel_id)
        content, mentions = say.content, discord.AllowedMentions.none()
        if place.way == "thread" and place.user_id is not None:
            content, mentions = f"<@{place.user_id}> {content}", threads.only(place.user_id)
        elif place.user_id is None and (say.calls or say.people):
            mentions.roles = [discord.Object(one) for one in say.calls]
            mentions.users = [discord.Object(one) for one in say.people]
        carried = marked(content, say.view, self._marker)
        message = await channel.send(
            carried.content,
            view=carried.view,  # type: ignore[arg-type]  # a view of either kind, which the overloads tell apart
            nonce=str(self._marker),
            allowed_mentions=mentions,
            silent=place.silent,
        )
        return message.id

    def _nonce_holds(self, place: Place) -> bool:
        """Tell whether Discord itself would see that this is a repetition, also at the very end of the call."""
        row = self._row
        if self._tried is None or row.first_try_at != self._tried[0] or row.channel_id != place.channel_id:
            return False
        age = (self._post.discord_time.now() - row.first_try_at).total_seconds()
        return age >= -INEXACT and max(age, 0.0) <= self._post.timing.nonce - self._post.timing.call

    async def _found(self, channel_id: int, kind: Kind) -> bool:
        """Look for an earlier try, and mark the message as sent where it stands; raises `Unreachable` where nobody can look."""
        assert self._tried is not None
        tried_at, tried_in = self._tried
        post = self._post
        # A try that seems to lie ahead was dated by a clock that was wrong.
        since = min(tried_at, post.discord_time.now(), self._row.due_at) if self._is_ahead(tried_at) else tried_at
        where = tried_in or channel_id
        try:
            message_id = await history.find(
                self._bot,
                post.pace,
                where,
                since,
                self._marker,
                seconds=post.timing.call,
                looks=post.looks,
                go_on=self._must_have_time,
            )
        except history.CannotLook:
            if kind.policy == "once":
                raise Unreachable("dead", "may have been sent") from None
            message_id = None
        await crash.point("after_look")
        self._tried = None
        if message_id is None:
            return False
        await self._mark_sent(message_id, kind)
        return True

    def _is_ahead(self, at: dt.datetime) -> bool:
        return at > self._post.discord_time.now()

    async def _ask_the_time(self) -> None:
        await self._post.pace.call()
        # Whoever was before this one in the line has asked.
        if self._post.discord_time.is_doubtful:
            await bounded(self._bot.http.request(discord.http.Route("GET", "/gateway")), self._post.timing.call)

    def _must_have_time(self) -> None:
        """Raise `Later` where the lease could run out before a call has ended."""
        if time.monotonic() + self._post.timing.call + self._post.timing.margin > self._lease_ends:
            raise Later(self._clock.now() + A_MOMENT)

    # -- what became of it ------------------------------------------------------------------------------------------------

    async def _mark_sent(self, message_id: int | None, kind: Kind) -> None:
        try:
            marked = await self._insist(message_id, kind.after_sent)
        except PeerError:
            raise
        except Exception as error:  # whatever its kind makes of that: it has been said
            reference = logs.reference()
            log.error(
                "what follows a message of kind %s broke, reference %s", self._row.kind, reference, exc_info=error
            )
            marked = await self._insist(message_id, None)
        if marked:
            self._post.note_sent()
        await crash.point("after_mark")

    async def _insist(self, message_id: int | None, after: AfterSent | None) -> bool:
        """Mark it as sent, also where the database does not take that at once."""
        for pause in MARK_AGAIN:
            try:
                return await self._mark(message_id, after)
            except PeerError:
                await asyncio.sleep(pause)
        return await self._mark(message_id, after)

    async def _mark(self, message_id: int | None, after: AfterSent | None) -> bool:
        with crash.during("in_mark"):
            return await outbox.sent(self._db, self._clock, self._row, message_id=message_id, after=after)

    async def _end(self, state: Over, reason: str | None, kind: Kind) -> None:
        """Write down that it is not sent, unless an earlier try arrived after all."""
        if self._tried is not None and self._tried[1] is not None and reason != "may have been sent":
            try:
                if await self._found(self._tried[1], kind):
                    return
            except Unreachable:
                pass  # Whether it arrived cannot be known; it is over all the same.
            except FAILURES:
                if self._clock.now() < self._row.expires_at + GIVE_UP:
                    raise
        if state == "dead":
            # What Discord does not understand is a mistake of ours.
            level = logging.ERROR if str(reason).startswith("400/") else logging.WARNING
            log.log(level, "a message of kind %s could not be delivered: %s", self._row.kind, reason)
            await notices.plan_undelivered(self._db, self._clock, self._row, reason)
        await outbox.over(self._db, self._clock, self._row, state, error=reason)

    async def _failed(self, failure: Failure) -> Road:
        if failure.outcome is Outcome.STOP:
            await self._give_back(self._clock.now())
            raise TokenRefused
        return await self._again(failure)

    async def _again(self, failure: Failure) -> Road:
        wait = backoff(self._row.attempts + 1, secrets.randbelow(_GRAIN) / _GRAIN, at_least=failure.at_least)
        self.ready_at = self._clock.now() + wait
        try:
            await outbox.again(self._db, self._row, ready_at=self.ready_at, error=failure.text)
        except PeerError:
            log.warning("a message waits for the end of its lease: the database does not answer")
        # One that will never be taken must not keep from all others what was promised to them.
        return "is blocked" if self._row.attempts < PATIENCE else "goes on"

    async def _give_back(self, at: dt.datetime) -> Road:
        try:
            await outbox.again(self._db, self._row, ready_at=at, error=None)
        except PeerError:
            log.warning("a message waits for the end of its lease: the database does not answer")
            return "is blocked"
        return "goes on"
