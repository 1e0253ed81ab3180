"""How far the demo is on its way to its first visitor: the page answers at once and shows this until the town stands."""

from bot.demo.world import World


class Opening:
    """Holds the world as soon as there is one, and until then what is being prepared."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world
        self.share = 0.0
        self.what = ""

    def tell(self, share: float, what: str) -> None:
        """Say how much is done (0 to 1) and what is being done now."""
        self.share, self.what = share, what
