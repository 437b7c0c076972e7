from bisect import bisect_left

from hypothesis import given
from hypothesis import strategies as st

from portal.promises.line import BLOCK, Line, Ordered, Waiting

places = st.tuples(st.floats(0, 100), st.integers(0, 10_000))


def waiting(request: int, since: float, rank: int = 0) -> Waiting:
    return Waiting(request, rank, since, 0.0, 0.0, alone=False)


@given(known=st.sets(places, max_size=60), coming=st.lists(places, max_size=60), asked=places)
def test_an_ordered_line_counts_as_a_sorted_list_does(
    known: set[tuple[float, int]], coming: list[tuple[float, int]], asked: tuple[float, int]
) -> None:
    line = Ordered(known)
    for place in coming:
        if place in known:
            line.remove(place)
            known.remove(place)
        else:
            line.add(place)
            known.add(place)
        expected = sorted(known)
        assert (len(line), line.first()) == (len(expected), expected[0] if expected else None)
        assert line.before(asked) == bisect_left(expected, asked)


def test_a_long_line_is_kept_in_blocks() -> None:
    line = Ordered()
    for number in range(5 * BLOCK):
        line.add((float(number * 7919 % (5 * BLOCK)), number))
    assert [line.before((float(at), 0)) for at in range(0, 5 * BLOCK, 97)] == list(range(0, 5 * BLOCK, 97))
    for number in range(5 * BLOCK):
        line.remove((float(number * 7919 % (5 * BLOCK)), number))
    assert (len(line), line.first(), line.before((1.0, 1))) == (0, None, 0)


def test_oldest_first_nobody_is_skipped_and_newest_first_everybody() -> None:
    found = []
    for order in (1, -1):
        line = Line()
        for request in range(1000):
            line.join(waiting(request, float(request)))
        for request in list(range(1000))[::order][:900]:
            left = line.leave(request)
            assert left is not None
            line.answered(left)
        found.append(line.skipping)
    assert found[0] == 0.0
    assert found[1] > 0.05
    assert found[1] <= 1.0


def test_the_rest_of_a_class_passed_over_stands_before_nobody_but_waits() -> None:
    line = Line()
    for request in range(30):
        line.join(waiting(request, float(request)))
    for request in range(10, 30):
        left = line.leave(request)
        assert left is not None
        line.answered(left)
    assert all(request in line for request in range(10))
    assert (line.counted, line.ahead(0)) == (0, 0)
