from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter, defaultdict, namedtuple
from collections.abc import Callable

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


def deep(levels: int) -> Json:
    value: Json = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(deep(MAX_DEPTH + 1), id="deep"),
        pytest.param("x" * (MAX_SIZE + 1), id="long"),
        pytest.param({"bytes": "00" * MAX_SIZE}, id="octets"),
        pytest.param({"int": "0x" + "f" * (4 * MAX_SIZE)}, id="integer"),
        pytest.param([None] * (MAX_SIZE // 8), id="many"),
        pytest.param({"tuple": [0] * (MAX_SIZE // 8)}, id="tagged"),
    ],
)
def test_what_encode_would_not_write_decode_does_not_read(data: Json) -> None:
    with pytest.raises(WireError, match=r"larger|levels deep"):
        decode(data)


def refused(cross: Callable[..., object], value: object) -> bool:
    try:
        cross(value)
    except WireError:
        return True
    return False


def test_reading_costs_exactly_what_writing_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    value = [
        None,
        True,
        10**30,
        10**5000,
        0.5,
        math.inf,
        "é",
        b"ab",
        1 + 2j,
        (1,),
        {"a": 1},
        {2: "b"},
        {3},
        frozenset(),
    ]
    data = encode(value)
    written, read = [], []
    for size in range(6000):
        monkeypatch.setattr("sandboxes.wire.MAX_SIZE", size)
        written.append(refused(encode, value))
        read.append(refused(decode, data))
    assert written == read
    assert written[0] is not written[-1]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("," * (MAX_SIZE - 8), id="text-of-commas"),
        pytest.param('\\"[{' * (MAX_SIZE // 4 - 2), id="text-of-marks"),
        pytest.param(deep(MAX_DEPTH), id="deep"),
    ],
)
def test_the_largest_value_that_is_written_is_read(value: object) -> None:
    back = crossed(value)
    assert type(back) is type(value)
    assert back == value


@pytest.mark.parametrize(
    "value", [{1, (2, 3)}, frozenset(), frozenset({1}), {1: "a", (2,): {3}}, [{"a": {None: 1}}]], ids=repr
)
def test_what_was_not_built_travels_on_and_is_built_elsewhere(value: object) -> None:
    unbuilt = decode(encode(value), build=False)
    assert decode(encode(unbuilt)) == value
    assert repr(unbuilt) == repr(value)
    assert unbuilt != value


@pytest.mark.parametrize("piece", [b'{"dict":[]},', b'{"float":"nan"},', b"[[],[]],"], ids=bytes.decode)
def test_a_frame_may_hold_as_many_items_as_a_value(piece: bytes) -> None:
    count = MAX_SIZE // 8 // (2 if piece.startswith(b"[") else 1)  # a pair of a dict is two items
    assert len(unframe(b'{"value":[' + piece * count + b"0]}")["value"]) == count + 1


PIECES = [b"{},", b'{"a":1},', b"[],", b'"",', b"1,", b'{"a":' * 90 + b"0" + b"}" * 90 + b","]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece[:8].decode())
def test_a_frame_of_countless_items_is_refused_in_little_memory(piece: bytes) -> None:
    """In a process of its own, which may have 1 GiB. Read, it would take 3."""
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "from sandboxes.wire import WireError, unframe\n"
        f"piece = {piece!r}\n"
        "body = b'{\"value\":[' + piece * ((64 << 20) // len(piece)) + b'0]}'\n"
        "try:\n    unframe(body)\nexcept WireError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("more than"), done.stderr


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"])
def test_a_frame_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        unframe(body)
