"""What holds for a guild in which young people may be: the one place in which these rules stand.

"Both" counts as young people, and so does a guild that has not said yet. Nobody's age is asked for or kept.
Rules after the guidance for peer programmes with under-18s: no private contact that no adult can see.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgeRules:
    """What may be done in a guild, by who its members are."""

    minors: bool

    @property
    def direct_messages(self) -> bool:
        """Whether the bot may write to members by direct message."""
        return not self.minors

    @property
    def paired_on_duty(self) -> bool:
        """Whether somebody who needs someone now may be brought together with a peer on duty."""
        return not self.minors

    @property
    def adult_in_threads(self) -> bool:
        """Whether every private thread must have the named adult in it, for all in it to see."""
        return self.minors

    @property
    def stories_at_first(self) -> bool:
        """Whether sharing stories is switched on unless somebody switches it off."""
        return not self.minors

    @property
    def child_lines(self) -> bool:
        """Whether help cards carry the lines for young people and the named adult."""
        return self.minors


def rules(ages: str | None) -> AgeRules:
    """Return the rules for what a guild said about its members: "adults", "minors", "both" or nothing yet."""
    return AgeRules(minors=ages != "adults")
