"""The real bot as a process with its pages switched on: they are there while it runs, and it ends with them in order."""

import aiohttp
import pytest

from tests.loopback import Loopback
from tests.process.harbour import Harbour


@pytest.fixture
def address(harbour: Harbour, unused_tcp_port: int) -> str:
    with harbour.config.open("a", encoding="utf-8") as config:
        config.write(f'\n[web]\nenabled = true\nport = {unused_tcp_port}\npublic_url = "https://peerled.example.org"\n')
    return f"http://127.0.0.1:{unused_tcp_port}"


async def status(session: aiohttp.ClientSession, url: str) -> int:
    async with session.get(url) as answer:
        return answer.status


async def test_pages_are_there_while_it_runs_and_it_ends_with_them(
    discord: Loopback, harbour: Harbour, address: str
) -> None:
    async with discord.process(harbour.config) as process, aiohttp.ClientSession() as session:
        await process.ready()
        paths = ("/healthz", "/readyz", "/metrics", f"/cal/{'a' * 32}.ics", "/")
        assert [await status(session, f"{address}{path}") for path in paths] == [200, 200, 200, 404, 404]
        assert await process.terminate() == 0
        with pytest.raises(aiohttp.ClientConnectionError):
            await status(session, f"{address}/healthz")
        assert not any(part in process.said for part in ("/cal/", "a" * 32, "Traceback"))


async def test_a_port_that_is_taken_is_said_with_the_remedy(discord: Loopback, harbour: Harbour, address: str) -> None:
    async with discord.process(harbour.config) as first:
        await first.ready()
        async with discord.process(harbour.config) as second:
            assert await second.ended() == 2
            assert any(line.startswith("[web] host, port: cannot listen on 127.0.0.1") for line in second.err)
