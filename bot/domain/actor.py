"""Who acts, as Discord says in the very interaction: never remembered from earlier."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting in a guild (or, with `guild_id` None, outside of any)."""

    user_id: int = field(repr=False)
    guild_id: int | None
    role_ids: frozenset[int] = frozenset()
    manages_guild: bool = False
    locale: str = "en"
