from portal.promises.residuals import BATCH, LOWERINGS, Rests


def learned(days: int = 28, queue: float = 60.0) -> Rests:
    """Rests of ten a day behind such a queue, from none to all of it."""
    rests = Rests()
    for day in range(days):
        for number in range(10):
            rests.received(10 * day + number, day)
            rests.answered(10 * day + number, queue * (10 * day + number) / (10 * days), queue)
    return rests


def judge(rests: Rests, number: int, *, kept: bool) -> None:
    for _ in range(number):
        rests.judged(kept=kept, is_ordinary=True)


def bound(rests: Rests, queue: float = 60.0) -> float:
    found = rests.bound(50_000.0, queue)
    assert found is not None
    return found


def test_promises_that_break_widen_the_next_ones_on_the_same_day() -> None:
    rests = learned()
    before = bound(rests)
    judge(rests, 3 * BATCH, kept=False)
    assert bound(rests) > before


def test_a_day_on_which_thousands_were_kept_shortens_no_more_than_an_ordinary_one() -> None:
    ordinary, many = learned(), learned()
    judge(ordinary, LOWERINGS * BATCH, kept=True)
    judge(many, 40 * BATCH, kept=True)
    for rests in (ordinary, many):
        rests.day_ends(is_ordinary=True)
    assert bound(many) == bound(ordinary) < bound(learned())


def test_a_longer_queue_is_known_less_exactly() -> None:
    rests = learned()
    assert bound(rests, 0.0) < bound(rests, 60.0) < bound(rests, 600.0)
    assert bound(rests, 5_000.0) == bound(rests, 50_000.0)
