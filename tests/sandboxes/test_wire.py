from __future__ import annotations

import math
from collections import Counter, defaultdict, namedtuple

import pytest

from sandboxes.wire import HEADER, MAX_DEPTH, MAX_SIZE, Json, WireError, decode, encode, frame, unframe


def crossed(value: object) -> object:
    return decode(unframe(frame({"value": encode(value)})[HEADER.size :])["value"])


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(10**30),
        10**5000,
        0.1,
        -0.0,
        math.inf,
        "é\n\x00\ud800",
        b"\x00\xff",
        1 + 2j,
        complex(math.inf, -0.0),
        [],
        [1, [2, (3, {4}), frozenset({5})]],
        (1,),
        {"a": [1], 2: (3,), (4, 5): None},
        {"tuple": [1]},
        {"a": {"b": {}}},
    ],
    ids=lambda value: repr(value)[:20] if not isinstance(value, int) or value.bit_length() < 1000 else "huge",
)
def test_a_value_comes_back_with_the_same_type_and_content(value: object) -> None:
    back = crossed(value)
    assert type(back) is type(value)
    assert back == value


def test_nan_comes_back() -> None:
    back = crossed(math.nan)
    assert isinstance(back, float)
    assert math.isnan(back)


def test_subclasses_come_back_as_their_base() -> None:
    point = namedtuple("point", "x y")
    back = crossed([Counter("aab"), defaultdict(list, a=[1]), point(1, 2)])
    assert back == [{"a": 2, "b": 1}, {"a": [1]}, (1, 2)]
    assert isinstance(back, list)
    assert [type(item) for item in back] == [dict, dict, tuple]


class LyingInt(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


def test_a_subclass_cannot_keep_its_own_equality() -> None:
    assert type(crossed(LyingInt(3))) is int


class Impostor:
    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return dict


@pytest.mark.parametrize("value", [object(), len, Impostor(), range(3), iter([1]), [{"a": object()}]])
def test_another_type_is_refused_by_name(value: object) -> None:
    with pytest.raises(WireError, match=r"a value of type \w+ cannot be compared"):
        encode(value)


def test_depth_is_limited() -> None:
    value: list[object] = []
    for _ in range(MAX_DEPTH + 1):
        value = [value]
    with pytest.raises(WireError, match="levels deep"):
        encode(value)


def test_an_endless_value_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(WireError, match="levels deep"):
        encode(value)


def test_a_shared_value_is_refused_before_it_fills_the_memory() -> None:
    value: object = "x"
    for _ in range(60):
        value = [value, value]
    with pytest.raises(WireError, match="larger"):
        encode(value)


def test_a_long_text_is_refused() -> None:
    with pytest.raises(WireError, match="larger"):
        encode("x" * (MAX_SIZE + 1))


@pytest.mark.parametrize(
    "data",
    [
        {"unknown": 1},
        {"tuple": 1},
        {"tuple": [], "list": []},
        {},
        {"int": 3},
        {"float": "one"},
        {"bytes": "zz"},
        {"complex": [1]},
        {"complex": ["a", "b"]},
        {"dict": [[1]]},
        {"dict": [[[], 1]]},
        {"set": [[1]]},
    ],
    ids=str,
)
def test_forged_data_is_refused(data: Json) -> None:
    with pytest.raises(WireError):
        decode(data)


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"])
def test_a_frame_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        unframe(body)
