"""The figures for whoever runs the bot, in the text format that Prometheus reads.

They are of the whole process and name nobody. A number of people, messages or guilds is given in steps of five and left out
below five, so that nothing small can be read off, nor computed from two of them.
"""

from bot.services.health import Standing

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STEP = 5
MINUTE = 60


def rounded(number: int) -> int | None:
    """Return a number in steps of five, downwards; None: too small to be told."""
    return number - number % STEP if number >= STEP else None


def text(standing: Standing | None, *, ready: bool, sent: int) -> str:
    """Return all figures; without `standing` those that need no database."""
    lines = _figure("peerled_ready", "gauge", "1 where this process answers and delivers.", {"": int(ready)})
    lines += _figure("peerled_database_up", "gauge", "1 where the database answers.", {"": int(standing is not None)})
    lines += _figure("peerled_sent_total", "counter", "Messages this process has delivered.", {"": rounded(sent)})
    if standing is not None:
        waiting = {'{state="waiting"}': rounded(standing.waiting), '{state="held"}': rounded(standing.held)}
        lines += _figure("peerled_guilds", "gauge", "Guilds with a programme.", {"": rounded(standing.guilds)})
        lines += _figure("peerled_outbox", "gauge", "Messages in the outbox that are not over.", waiting)
        late = int(standing.late_by.total_seconds()) // MINUTE * MINUTE
        lines += _figure("peerled_late_seconds", "gauge", "How late the latest due message is.", {"": late})
    return "\n".join([*lines, ""])


def _figure(name: str, kind: str, about: str, samples: dict[str, int | None]) -> list[str]:
    told = [f"{name}{labels} {number}" for labels, number in samples.items() if number is not None]
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}", *told] if told else []
