"""The five tours on a phone; in a file of its own, so that both walks can go on at the same time."""

from pathlib import Path

import pytest

from tests.web.browser import PHONE
from tests.web.test_tours import walk_all

pytestmark = pytest.mark.browser


async def test_every_tour_reaches_its_aim_on_a_phone(tmp_path: Path) -> None:
    await walk_all("phone", PHONE, tmp_path)
