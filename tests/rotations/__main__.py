"""`python -m tests.rotations [--years 1000] [--folder test-output]`: made-up rota years, and a picture of how they went.

Lives the same years under the project's rule and under "longest since last", which is known to be unfair where people are
away: a measurement that could not tell the two apart would see nothing.
"""

import argparse
import random
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from tests.rotations.years import Choose, Outcome, Weather, by_share, longest_since_last, year

KINDS: dict[str, Callable[[random.Random], Weather]] = {
    "all": Weather.of,
    "absences only": Weather.only_away,
    "everybody there": Weather.everybody_there,
}
RULES: dict[str, Choose] = {"share of turns": by_share, "longest since last": longest_since_last}
BLUE, ORANGE = "#0072B2", "#E69F00"


def main() -> None:
    """Run the years, print the figures, draw the picture."""
    reads = argparse.ArgumentParser(prog="python -m tests.rotations")
    reads.add_argument("--years", type=int, default=1000)
    reads.add_argument("--folder", type=Path, default=Path("test-output"))
    told = reads.parse_args()
    found: dict[str, dict[str, list[Outcome]]] = {}
    for kind, make in KINDS.items():
        found[kind] = {rule: [year(seed, make, choose) for seed in range(told.years)] for rule, choose in RULES.items()}
        for rule, outcomes in found[kind].items():
            sys.stdout.write(f"{kind}, {rule}: {_figures(outcomes)}\n")
    told.folder.mkdir(parents=True, exist_ok=True)
    picture = told.folder / "rotation-years.png"
    _draw(found, picture)
    sys.stdout.write(f"{picture}\n")


def _figures(outcomes: list[Outcome]) -> str:
    strict = sorted(one.strict for one in outcomes)
    nine = strict[int(len(strict) * 0.99)]
    hosted, extra = sum(one.hosted for one in outcomes), sum(one.extra for one in outcomes)
    return (
        f"turns above the share, worst of each of {len(outcomes)} years: as counted worst "
        f"{max(one.above for one in outcomes):.3f}; no extra turns set apart: median {statistics.median(strict):.2f}, "
        f"99th {nine:.2f}, worst {strict[-1]:.2f}, years above 1: {sum(one > 1 for one in strict)}, above 1.5: "
        f"{sum(one > 1.5 for one in strict)}; extra turns {extra} of {hosted}; "
        f"most hosted less fewest in a seat {max(one.spread for one in outcomes)}"
    )


def _draw(found: dict[str, dict[str, list[Outcome]]], to: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 7.5), dpi=130, facecolor="white")
    figure.set_layout_engine("constrained", w_pad=0.15, h_pad=0.12)
    FigureCanvasAgg(figure)
    edges = [step / 10 for step in range(51)]
    for axes, (kind, rules) in zip(figure.subplots(len(found), 1, sharex=True), found.items(), strict=True):
        for (rule, outcomes), colour, hatch in zip(rules.items(), (BLUE, ORANGE), ("", "//"), strict=True):
            values = [min(one.strict, 4.99) for one in outcomes]
            axes.hist(values, bins=edges, color=colour, alpha=0.75, label=rule, hatch=hatch, edgecolor="white")
        axes.axvline(1.5, color="#111827", linewidth=1.2, linestyle="--")
        axes.set_title(kind, loc="left", fontsize=12)
        axes.set_ylabel("years")
        axes.grid(axis="y", color="#e5e7eb")
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    figure.axes[0].legend(frameon=False)
    figure.axes[-1].set_xlabel("most that anybody was above their share in a year, in turns (last bar: 4.9 and more)")
    figure.savefig(to, format="png", metadata={"Software": None})


if __name__ == "__main__":
    main()
