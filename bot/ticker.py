"""The alarm clock: wakes the postman when something is due, and the housekeeping once an hour. It knows no rows.

What is due stands in the outbox, never here: the scheduler keeps its few jobs in memory. It goes by the wall clock, so that
a running beat, which no change of that clock can hold up, sees to it that nobody sleeps longer than `BEAT`.
"""

import asyncio
import contextlib
import datetime as dt
import logging
import time
from collections.abc import Coroutine
from typing import Any

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from bot import logs
from bot.clock import Clock, SystemClock
from bot.delivery import Delivery
from bot.errors import PeerError

log = logging.getLogger(__name__)

BEAT = 15.0
"""Seconds after which it is looked for what is due, whatever was heard."""
SET_BACK = 5.0
"""Seconds from which on a clock that is behind what was expected counts as set back."""
SOONEST = 0.05
OVERDUE = 1.0
"""Seconds before what is due, and could not be taken, is tried again."""
TIDY_AT = 17
"""Minute of every hour at which the house is kept."""
DELIVER, TIDY = "deliver", "tidy"


class Ticker:
    """Calls the postman in time, for as long as it is started."""

    def __init__(self, delivery: Delivery, clock: Clock) -> None:
        self._delivery = delivery
        self._clock = clock
        self._wall = SystemClock()
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=dt.UTC,
        )
        self._beating: asyncio.Task[None] | None = None
        self._at_work = False
        self._again = False
        self._rung = False

    def start(self) -> None:
        """Begin; what is due already is delivered at once."""
        # It tells of every single job it runs.
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._scheduler.add_job(self._tidy, CronTrigger(minute=TIDY_AT, timezone=dt.UTC), id=TIDY)
        self._scheduler.start()
        self._delivery.on_wake(self.wake)
        self._beating = asyncio.create_task(self._beat(), name="ticker")

    def wake(self) -> None:
        """Look at once for what is due."""
        if self._at_work:
            self._again = True
        elif not self._rung:
            self._rung = True
            self._ring_in(SOONEST)

    async def close(self) -> None:
        """Wake nobody any more. The postman is stopped first: a round that is under way is broken off here."""
        self._delivery.on_wake(None)
        if self._beating is not None:
            self._beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._beating
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
            # It ends with the loop's next turn.
            await asyncio.sleep(0)

    async def _beat(self) -> None:
        await _try(self._delivery.begin())
        ahead = self._ahead()
        while True:
            before, ahead = ahead, self._ahead()
            if ahead < before - SET_BACK:
                await _try(self._delivery.clock_set_back())
            # Whatever was rung for may lie far ahead by now, if somebody set the clock back.
            self._rung = False
            self.wake()
            await asyncio.sleep(BEAT)

    def _ahead(self) -> float:
        """Return how far the clock is ahead of this machine's running seconds."""
        return self._clock.now().timestamp() - time.monotonic()

    async def _deliver(self) -> None:
        self._at_work, self._again, self._rung = True, False, False
        wait = BEAT
        try:
            await self._delivery.run_due()
            wait = await self._until_next()
        except PeerError as error:
            log.warning("what is due could not be looked at: %s", error.key)
        except asyncio.CancelledError:
            # Broken off by `close`, the scheduler would report an orderly stop as an accident.
            if not self._delivery.is_stopping:
                raise
        except Exception as error:  # one bad round must not be the last
            log.error("a round of the delivery broke, reference %s", logs.reference(), exc_info=error)
        finally:
            self._at_work = False
        if not self._delivery.is_stopping:
            self._ring_in(SOONEST if self._again else wait)

    async def _until_next(self) -> float:
        """Return how many seconds there is nothing to do."""
        if self._delivery.breaker.pause_left:
            return BEAT
        due = await self._delivery.next_due()
        if due is None:
            return BEAT
        left = (due - self._clock.now()).total_seconds()
        return min(BEAT, max(left, SOONEST) if left > 0 else OVERDUE)

    def _ring_in(self, seconds: float) -> None:
        at = self._wall.now() + dt.timedelta(seconds=seconds)
        self._scheduler.add_job(self._deliver, DateTrigger(at, timezone=dt.UTC), id=DELIVER, replace_existing=True)

    async def _tidy(self) -> None:
        await _try(self._delivery.tidy())


async def _try(step: Coroutine[Any, Any, None]) -> None:
    """Do one step of the upkeep; where the database does not answer, it is done another time."""
    try:
        await step
    except PeerError as error:
        log.warning("a step of the outbox's upkeep is left for another time: %s", error.key)
    except Exception as error:  # whatever it is, what is due has to be delivered all the same
        log.error("a step of the outbox's upkeep broke, reference %s", logs.reference(), exc_info=error)
