"""A pace that keeps no pace, for tests of what becomes of messages and not of how fast they go."""


class Unhurried:
    """Lets everything go at once."""

    async def call(self) -> None:
        """Go."""

    async def message(self, channel_id: int) -> None:
        """Go."""
