"""Tries are counted together by all who serve, and while the counter is away nobody is turned out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.programs import redis_server
from tests.running import Run

LINK = "/track/claim/of-nobody"
TRIES = 60  # in ten minutes, by portal/cases/tracking.py


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(name: str, **settings: str) -> Run:
        runs.append(Run(tmp_path / name, **settings))
        return runs[-1]

    yield start
    for run in runs:
        run.kill()


@pytest.mark.slow
def test_two_machines_count_together_and_alone_while_redis_is_away(serve: Callable[..., Run], tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis:
        one, two = (serve(name, PORTAL_LIMITS_URL=redis.url) for name in ("one", "two"))
        one.wait_until_up()
        two.wait_until_up()
        assert {run.answer(LINK) for run in (one, two) for _ in range(TRIES // 2)} == {404}
        assert [run.answer(LINK) for run in (one, two)] == [429, 429]
        redis.kill()
        assert [one.answer(LINK) for _ in range(TRIES)] == [404] * TRIES
        assert one.answer(LINK) == 429, "it counts by itself now"
        assert one.said.count("falling back to in-memory storage") == 1
        assert "Traceback" not in one.said
        redis.start()
        one.wait_for(lambda: one.answer(LINK) == 404)
        assert two.answer(LINK) == 404
