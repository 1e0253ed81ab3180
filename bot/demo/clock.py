"""The demo's clock: the bot's 'now' is the simulated Discord's, so that moving time moves both."""

import datetime as dt

from simcord.env import Env

from bot.demo import simcord_touches


class DemoClock:
    """Tells the simulated Discord's present instant; stands still until it follows one."""

    def __init__(self, now: dt.datetime) -> None:
        self._start = now.astimezone(dt.UTC)
        self._env: Env | None = None

    def follow(self, env: Env) -> None:
        """Start `env` at this clock's present instant and tell its time from now on."""
        simcord_touches.start_clock_at(env, self._start)
        self._env = env

    def now(self) -> dt.datetime:
        """Return the present instant, aware, in UTC."""
        return self._start if self._env is None else self._env.now()
