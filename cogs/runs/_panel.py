"""The public panel of a running meeting: where it is, whose turn it is, who hosts, with the buttons of all and of hosts.

It is drawn from facts alone, without the time of day: when something is to end stands there as a moment. It names those who
pressed something themselves, and nobody else. Nothing here decides what may be pressed: that is asked at every press.
"""

from collections.abc import Iterable
from typing import Any

import discord

from bot.domain.guilds import Guild, Programme
from bot.domain.runs import Run, Someone
from bot.kit import times, views
from bot.kit.call import CONTENT_LIMIT
from bot.kit.panels import Shown
from bot.kit.views import Style
from bot.services.runs import View
from bot.texts import Texts
from cogs.runs import _words

MOST_NAMES = 25
LEAST_NAMES = 3
"""How many names of a list there is always room for, beside the longest text of leaders."""


def draw(texts: Texts, guild: Guild, programme: Programme, view: View) -> Shown:
    """Draw the panel."""
    if view.run.ended_at is not None:
        return _over(texts, guild, view)
    for most in (MOST_NAMES, 10, LEAST_NAMES):
        content = "\n".join(_lines(texts, guild, programme, view, most))
        if len(content) <= CONTENT_LIMIT:
            break
    return Shown(content, views.rows(*_rows(texts, guild.locale, view.run)))


def _over(texts: Texts, guild: Guild, view: View) -> Shown:
    locale = guild.locale
    catch_up = views.button(texts.t(locale, "runs.button.catch_up"), f"runs:missed:{_words.token(view.run)}")
    said = [f"## {_title(view)}", texts.t(locale, "runs.panel.over")]
    return Shown("\n".join(said), views.rows([catch_up]))


def _lines(texts: Texts, guild: Guild, programme: Programme, view: View, most: int) -> list[str]:
    run, locale = view.run, guild.locale
    said = [f"## {_title(view)}", *_phase(texts, locale, run)]
    own = _own_text(run)
    if own:
        said += ["", _words.own_words(texts, locale, programme.preset, programme.texts, own)]
    said += ["", *_turns(texts, locale, view, most), ""]
    said += [*_hosts(texts, locale, view), *_doors(texts, locale, run)]
    return said


def _title(view: View) -> str:
    return f"**{times.plain(view.title)}**"


def _own_text(run: Run) -> str:
    """Return which text stands there: the opening in the first phase, the closing in the last."""
    if run.step == 0:
        return "opening"
    return "closing" if run.is_last else ""


def _phase(texts: Texts, locale: str, run: Run) -> list[str]:
    ends, where = times.at(run.phase_ends_at, "R"), {"number": run.step + 1, "of": len(run.phases)}
    said = [texts.t(locale, "runs.panel.phase", phase=_words.phase(texts, locale, run.phase), ends=ends, **where)]
    said.append(_words.cross_talk(texts, locale, run.phase))
    if not run.is_last:
        after = _words.phase(texts, locale, run.phases[run.step + 1])
        said.append(texts.t(locale, "runs.panel.next_phase", phase=after))
    return said


def _turns(texts: Texts, locale: str, view: View, most: int) -> list[str]:
    run, said = view.run, []
    speaker = run.speaker
    if speaker is not None and speaker.ref in view.people:
        ends = run.turn_ends_at
        key = "runs.panel.speaks" if ends is None else "runs.panel.speaks_until"
        until = {} if ends is None else {"ends": times.at(ends, "R")}
        said.append(texts.t(locale, key, person=_mention(view, speaker), **until))
    if queue := _names(texts, locale, view, run.queue, most):
        said.append(texts.t(locale, "runs.panel.queue", people=queue))
    elif speaker is None:
        said.append(texts.t(locale, "runs.panel.nobody_waits"))
    if listening := _names(texts, locale, view, (one for one in run.people if one.standing == "listening"), most):
        said.append(texts.t(locale, "runs.panel.listening", people=listening))
    said.append(texts.t(locale, "runs.panel.present", n=run.present))
    if run.present < run.at_least and run.step == 0:
        said.append(texts.t(locale, "runs.panel.few"))
    return said


def _hosts(texts: Texts, locale: str, view: View) -> list[str]:
    host, helper = view.run.host, view.run.cohost
    if host is not None and host.ref in view.people:
        said = [texts.t(locale, "runs.panel.host", person=_mention(view, host))]
    else:
        said = [texts.t(locale, "runs.panel.self_run" if view.run.is_self_run else "runs.panel.no_host")]
    if helper is not None and helper.ref in view.people:
        said.append(texts.t(locale, "runs.panel.cohost", person=_mention(view, helper)))
    return said


def _doors(texts: Texts, locale: str, run: Run) -> list[str]:
    if run.is_locked:
        said = [texts.t(locale, "runs.panel.locked")]
    else:
        said = [texts.t(locale, "runs.panel.entry", until=times.at(run.entry_until, "t"))]
    if run.lobby:
        said.append(texts.t(locale, "runs.panel.lobby", n=len(run.lobby)))
    return said


def _mention(view: View, one: Someone) -> str:
    return f"<@{view.people[one.ref]}>"


def _names(texts: Texts, locale: str, view: View, people: Iterable[Someone], most: int) -> str:
    """Return people as mentions, which call nobody from a panel; those there is no room for as a number."""
    found = [_mention(view, one) for one in people if one.ref in view.people]
    more = len(found) - most
    said = ", ".join(found[:most])
    return said if more <= 0 else f"{said} {texts.t(locale, 'runs.panel.more', n=more)}"


def _rows(texts: Texts, locale: str, run: Run) -> list[list[discord.ui.Item[Any]]]:
    mine = _words.token(run)

    def button(name: str, verb: str, style: Style = Style.secondary, more: str = "") -> discord.ui.Item[Any]:
        return views.button(texts.t(locale, f"runs.button.{name}"), f"runs:{verb}:{mine}{more}", style)

    members = [
        button("raise", "raise", Style.primary),
        button("pass", "pass"),
        button("listen", "listen"),
        button("here", "here"),
        button("leave", "leave"),
    ]
    hosts = [
        *([] if run.is_last else [button("next", "next", Style.primary, f".{run.step}")]),
        button("turn", "turn", Style.primary, f".{run.turn}"),
        button("unlock", "lock", more=".0") if run.is_locked else button("lock", "lock", more=".1"),
        button("end", "end", Style.danger),
    ]
    now_and_then = [*([button("lobby", "lobby", Style.success)] if run.lobby else [])]
    if run.host is None:
        now_and_then.append(button("take", "take", Style.success))
        if not run.is_self_run:
            now_and_then.append(button("self", "self"))
    elif run.cohost is None or not run.cohost.is_in:
        now_and_then.append(button("help", "help"))
    now_and_then.append(views.button(texts.t(locale, "help.button.help_now"), "help:now:panel", Style.danger))
    return [members, hosts, now_and_then]
