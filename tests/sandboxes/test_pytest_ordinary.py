"""pytest files as people write them, and objects that cannot cross to them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandboxes.types import CaseResult, Status, Verdict

pytestmark = pytest.mark.bubblewrap

Tested = Callable[..., Verdict]

PROGRAM = """
from collections import Counter, namedtuple
from dataclasses import asdict, dataclass
from enum import IntEnum

class ShopError(Exception): pass
class SoldOutError(ShopError): pass
class Level(IntEnum): LOW = 1
Pair = namedtuple("Pair", "x y")

@dataclass
class Point:
    x: int
    y: int = 0
    def __add__(self, other): return Point(self.x + other.x, self.y + other.y)

class Till:
    def __init__(self, stock): self._stock = stock
    def __enter__(self): return self
    def __exit__(self, *_): self._stock = 0
    def __len__(self): return self._stock
    def __iter__(self): yield from range(self._stock)
    @property
    def left(self): return self._stock

def count(text): return Counter(text.split())

def mean(xs):
    if not xs:
        raise ValueError("mean() of nothing")
    return sum(xs) / len(xs)

def buy(n, *, stock=10):
    with Till(stock) as till:
        if n > len(till):
            raise SoldOutError(f"only {till.left} left")
        return till.left - n

def ordered(xs):
    xs.sort()
    return xs

def prime(n): return n > 1 and n not in {a * b for a in Till(n) for b in range(2, n) if a > 1}
def values(): return {"pair": Pair(1, 2), "sum": asdict(Point(1) + Point(2)), "level": Level.LOW, (1, 2): {b"x", None}}
def numbers(n): return [float("nan"), float("inf"), -0.0, 2**n, 1j]
def identity(n): return [[int(i == j) for j in Till(n)] for i in Till(n)]
"""

TEST = """
import copy, functools, itertools, math, os, random, threading, unittest.mock
from concurrent.futures import ThreadPoolExecutor
import pytest
import solution
from solution import ShopError, SoldOutError, buy, count, mean, ordered, prime

@pytest.fixture(scope="module")
def counted(): return count("a b a")

@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("3 1 2")
    yield path
    assert path.exists()

@pytest.fixture(params=[2, 3, 5], ids=lambda n: f"n={n}")
def small(request): return request.param

@pytest.fixture(autouse=True)
def seeded(): random.seed(3)

class TestCount:
    def setup_method(self): self.words = "x y x"
    def test_words(self): assert count(self.words) == {"x": 2, "y": 1}
    def test_shared(self, counted): assert max(counted, key=counted.get) == "a" and isinstance(counted, dict)
    @pytest.mark.parametrize("n", range(3))
    @pytest.mark.parametrize("separator", [" ", "\\n"], ids=["space", "newline"])
    def test_many(self, n, separator): assert count(separator.join(["w"] * n)).get("w", 0) == n

@pytest.mark.parametrize(("given", "wanted"), [([3, 1, 2], [1, 2, 3]), ([], []), ([1.5, -1], [-1, 1.5])])
def test_order(given, wanted): assert ordered(given) == wanted

@pytest.mark.parametrize(("given", "error"), [([], ValueError), (None, ValueError), (3, TypeError)])
def test_errors(given, error):
    with pytest.raises(error): mean(given)

def test_message():
    with pytest.raises(ValueError, match=r"^mean\\(\\) of nothing$") as info: mean([])
    assert info.value.args[0].startswith("mean")

def test_own_error():
    with pytest.raises(SoldOutError, match="only 3"): buy(4, stock=3)
    try: buy(11)
    except ShopError as error: assert str(error) == "only 10 left"
    else: pytest.fail("sold what is not there")

def test_signature():
    with pytest.raises(TypeError, match="unexpected keyword"): buy(1, price=2)
    with pytest.raises(TypeError): buy()

def test_keywords(): assert buy(1, stock=5) == 4 and buy(n=2) == 8 and functools.partial(buy, 1)(stock=3) == 2
def test_approx(): assert mean([0.1, 0.2, 0.3]) == pytest.approx(0.2) and math.isclose(mean([1e-9, 3e-9]), 2e-9)
def test_file(table): assert ordered(table.read_text().split()) == ["1", "2", "3"]

def test_output(capsys):
    print(mean([1, 3]))
    assert capsys.readouterr().out == "2.0\\n"

def test_monkeypatch(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(solution, "mean", lambda xs: 7)
    assert solution.mean([1]) == 7 and mean([1]) == 1

def test_mock():
    with unittest.mock.patch("solution.mean", return_value=7): assert solution.mean([1]) == 7
    assert solution.mean([1]) == 1

def test_argument_is_as_it_was():
    xs = [3, 1]
    before = copy.deepcopy(xs)
    assert ordered(xs) == sorted(before) and xs == before

def test_result_may_be_changed():
    matrix = solution.identity(2)
    matrix[0][0] = 5
    assert solution.identity(2) == [[1, 0], [0, 1]] and [sum(row) for row in matrix] == [5, 1]

def test_values():
    found = solution.values()
    x, y = found["pair"]
    assert (x, y) == found["pair"] == (1, 2) and found["sum"] == {"x": 3, "y": 0}
    assert found["level"] == 1 and found[1, 2] == {None, b"x"}

def test_numbers():
    nan, infinite, zero, big, unit = solution.numbers(100_000)
    assert math.isnan(nan) and nan != nan and infinite == math.inf and math.copysign(1, zero) == -1
    assert big == 1 << 100_000 and unit * unit == -1

def test_iteration(small):
    assert prime(small) and all(map(prime, (2, 3, 5))) and not any(prime(n) for n in (0, 1, 4))
    assert list(itertools.takewhile(lambda n: n < 8, filter(prime, itertools.count()))) == [2, 3, 5, 7]

def test_as_a_key(): assert sorted([[1, 2], [0, 1]], key=mean) == [[0, 1], [1, 2]]

def test_at_random():
    for _ in range(9):
        xs = [random.randint(-9, 9) for _ in range(random.randint(0, 9))]
        assert ordered(xs) == sorted(xs)

def test_threads():
    with ThreadPoolExecutor(3) as pool: assert list(pool.map(mean, [[1], [2], [3]])) == [1, 2, 3]

@pytest.mark.xfail(reason="known")
def test_known(): assert mean([1]) == 2

@pytest.mark.skipif(os.name == "nt", reason="needs forks")
@pytest.mark.slow
def test_marked(): assert mean([1]) == 1
"""


def test_a_right_program_passes_tests_as_people_write_them(tested: Tested) -> None:
    verdict = tested(PROGRAM, TEST)
    assert verdict.status is Status.PASS, [case for case in verdict.cases if case.status is not Status.PASS]


def test_a_program_with_one_mistake_fails_the_tests_of_that_alone(tested: Tested) -> None:
    verdict = tested(PROGRAM.replace("return till.left - n", "return till.left + n"), TEST)
    failed = [case.id for case in verdict.cases if case.status is not Status.PASS]
    assert failed == ["test_it.py::test_keywords"]


def told(verdict: Verdict) -> CaseResult:
    (case,) = verdict.cases
    return case


@pytest.mark.parametrize(
    ("returned", "kind"),
    [
        ("(n for n in range(3))", "generator"),
        ("iter(int, 1)", "callable_iterator"),
        ("{}.keys()", "dict_keys"),
        ("bytearray(b'x')", "bytearray"),
        ("Point(1)", "Point"),
        ("Point", "type"),
        ("later()", "coroutine"),
        ("len", "builtin_function_or_method"),
        ("open('/dev/zero')", "TextIOWrapper"),
    ],
)
def test_a_result_that_is_no_plain_value_is_told(tested: Tested, returned: str, kind: str) -> None:
    program = f"class Point:\n    def __init__(self, x): pass\nasync def later(): pass\ndef f(): return {returned}\n"
    case = told(tested(program, "from solution import f\ndef test(): assert f()"))
    told_of = f"a value of type {kind} cannot be compared: return built-in types"
    assert (case.status, case.error.partition(": ")[2]) == (Status.RUNTIME_ERROR, told_of)


def test_a_program_cannot_choose_what_it_is_compared_with(tested: Tested) -> None:
    """By changing an argument, which the test goes on to use."""
    test = "from solution import f\ndef test():\n    xs = [2, 1]\n    assert f(xs) == sorted(xs)\n"
    assert told(tested("def f(xs):\n    xs.clear()\n    return []\n", test)).status is Status.WRONG_ANSWER
