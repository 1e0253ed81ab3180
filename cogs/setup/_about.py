"""The pages of the set-up that say what comes with a programme: words, rules, training, meetings, and how long things are kept.

They read the preset and decide nothing. What this version cannot do yet stands apart and is named so.
"""

from collections.abc import Iterable
from typing import Any

import discord

from bot.domain.presets import Format, Preset
from bot.kit import views
from bot.kit.call import CONTENT_LIMIT, Call, Reply

BETWEEN = "\n\n"


def screen(call: Call, preset: Preset, *, back: str, turn: str = "", later: bool = False) -> Reply:
    """Say what comes with a programme; `back` is the custom id of the button that leads away again.

    With `turn`, the custom id that shows the other page, there are two: what holds today, and with `later` what is planned.
    Without it, as much of both as one message takes.
    """
    buttons: list[discord.ui.Item[Any]] = [views.button(call.t("setup.button.back"), back)]
    if turn:
        key = "setup.about.button.now" if later else "setup.about.button.later"
        buttons.insert(0, views.button(call.t(key), turn))
    parts = [*([] if turn and later else _now(call, preset)), *([] if turn and not later else _planned(call, preset))]
    return Reply(_fitting(parts, call.t("setup.about.more")), views.rows(buttons))


def _now(call: Call, preset: Preset) -> list[str]:
    """Return the paragraphs about what holds today."""
    name, kept = preset.name, preset.retention
    return [
        call.t(
            "setup.about",
            programme=call.t(f"programme.{name}.name"),
            about=call.t(f"programme.{name}.about"),
            leader=call.t(f"programme.{name}.leader"),
            question=call.t(f"programme.{name}.question"),
        ),
        _listed(call.t("setup.about.rules"), (call.t(f"rule.{rule}") for rule in preset.rules)),
        _listed(call.t("setup.about.training"), (call.t(f"training.{one}") for one in preset.training)),
        call.t("setup.about.kept", notes=kept.shared_notes, moods=kept.shared_moods),
    ]


def _planned(call: Call, preset: Preset) -> list[str]:
    """Return the paragraphs about what is to come."""
    kept = preset.retention
    return [
        call.t("setup.about.planned"),
        _listed(call.t("setup.about.meetings"), (_format(call, meeting) for meeting in preset.formats)),
        _listed(call.t("setup.about.reasons"), (call.t(f"reason.{reason}") for reason in preset.reasons)),
        call.t(
            "setup.about.kept_later",
            stories=kept.unpublished_stories,
            flags=kept.closed_flags,
            meetings=kept.past_meetings,
            terms=kept.past_terms,
            audit=kept.audit,
        ),
    ]


def _listed(heading: str, lines: Iterable[str]) -> str:
    return "\n".join([heading, *(f"- {line}" for line in lines)])


def _format(call: Call, meeting: Format) -> str:
    phases = [
        call.t(
            "setup.about.phase.talk" if phase.cross_talk else "setup.about.phase",
            phase=call.t(f"phase.{phase.name}"),
            minutes=phase.minutes,
        )
        for phase in meeting.phases
    ]
    name = call.t(f"format.{meeting.name}")
    return call.t("setup.about.format", name=name, minutes=meeting.minutes, phases=" · ".join(phases))


def _fitting(parts: list[str], more: str) -> str:
    """Return the paragraphs, or as many whole ones as Discord takes and that there is more."""
    kept, whole = list(parts), BETWEEN.join(parts)
    while len(whole) > CONTENT_LIMIT:
        kept.pop()
        whole = BETWEEN.join([*kept, more])
    return whole
