"""Pictures of two numbers for each of several, as bars side by side. Drawn as `bot.kit.charts` draws; without it, no picture.

Whose bars they are is said by numbers, which stand beside the names in the words that come with the picture.
"""

import asyncio
import functools
import io

from bot.kit.charts import BLUE, can_draw

ORANGE = "#E69F00"


async def pairs(rows: tuple[tuple[str, float, float], ...], labels: tuple[str, str]) -> bytes | None:
    """Return a PNG with two bars for each of `rows` (what is written beside them, the one number, the other)."""
    if not can_draw() or not rows:
        return None
    return await asyncio.to_thread(_draw, rows, labels)


@functools.lru_cache(maxsize=32)
def _draw(rows: tuple[tuple[str, float, float], ...], labels: tuple[str, str]) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 1.3 + 0.42 * len(rows)), dpi=130, facecolor="white")
    figure.set_layout_engine("constrained", w_pad=0.15, h_pad=0.12)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    places = range(len(rows))
    for number, (label, colour, hatch) in enumerate(zip(labels, (BLUE, ORANGE), ("", "//"), strict=True)):
        heights = [place + (number - 0.5) * 0.38 for place in places]
        values = [row[number + 1] for row in rows]
        axes.barh(heights, values, height=0.36, color=colour, hatch=hatch, edgecolor="white", label=label, zorder=2)
    axes.set_yticks(list(places), [row[0] for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, max(1.0, *(max(row[1:]) for row in rows)) * 1.05)
    axes.grid(axis="x", color="#e5e7eb", zorder=1)
    axes.tick_params(length=0, labelsize=12, labelcolor="#111827")
    for side in axes.spines.values():
        side.set_visible(False)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False, fontsize=12)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()
