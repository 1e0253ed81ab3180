"""Pictures of numbers over days. Drawn with matplotlib where the `charts` extra is installed; without it, no picture.

Colours are from Okabe and Ito's palette, which colour-blind people can tell apart, and every point also has its own height
and mark. What the picture shows is always said in words beside it, by whoever asks for it.
"""

import asyncio
import functools
import importlib.util
import io

BLUE = "#0072B2"


def can_draw() -> bool:
    """Tell whether the library that draws is installed."""
    return importlib.util.find_spec("matplotlib") is not None


async def levels_by_day(
    days: tuple[str, ...], points: tuple[tuple[int, int], ...], levels: tuple[str, ...]
) -> bytes | None:
    """Return a PNG of values 1..len(levels), drawn as (number of the day, value) over the days named in `days`.

    Days without a value stay empty.
    """
    if not can_draw():
        return None
    return await asyncio.to_thread(_draw, days, points, levels)


@functools.lru_cache(maxsize=64)
def _draw(days: tuple[str, ...], points: tuple[tuple[int, int], ...], levels: tuple[str, ...]) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.4), dpi=130, facecolor="white")
    figure.set_layout_engine("constrained", w_pad=0.15, h_pad=0.12)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    span = len(days) - 1
    xs = [number for number, _ in points]
    ys = [value for _, value in points]
    axes.plot(xs, ys, color=BLUE, linewidth=1.2, alpha=0.45, zorder=2)
    axes.scatter(xs, ys, s=64, color=BLUE, zorder=3)
    axes.set_ylim(0.4, len(levels) + 0.6)
    axes.set_yticks(range(1, len(levels) + 1), levels)
    axes.set_xlim(-0.7, span + 0.7)
    ticks = range(span % 7, span + 1, 7)
    axes.set_xticks(ticks, [days[tick] for tick in ticks])
    axes.grid(axis="y", color="#e5e7eb", zorder=1)
    axes.tick_params(length=0, labelsize=13, labelcolor="#111827")
    for side in axes.spines.values():
        side.set_visible(False)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
