"""Encoded private tests are read, and nothing in them is ever executed or unpacked without bound."""

from __future__ import annotations

import base64
import json
import os
import pickle
import zlib
from pathlib import Path

import pytest

from benchmarks.suites.lcb_decode import Refused, decode

TESTS = json.dumps([{"input": "1\n", "output": "ü ] \U0001f600\n", "testtype": "stdin"}], ensure_ascii=False)


def packed(pickled: bytes) -> str:
    return base64.b64encode(zlib.compress(pickled)).decode()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_text_of_every_protocol_is_read(protocol: int) -> None:
    assert decode(packed(pickle.dumps(TESTS, protocol))) == TESTS


def test_a_long_text_is_read() -> None:
    text = "x" * (3 << 20)
    assert decode(packed(pickle.dumps(text, 4))) == text


class Runs:
    """Unpickling this creates a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (os.system, (f"touch {self._path}",))


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_payload_is_refused_and_does_not_run(tmp_path: Path, protocol: int) -> None:
    mark = tmp_path / "mark"
    hostile = pickle.dumps(Runs(mark), protocol)
    with pytest.raises(Refused, match=r"holds (STACK_)?GLOBAL"):
        decode(packed(hostile))
    assert not mark.exists()
    pickle.loads(hostile)  # what a reader that trusts it does
    assert mark.exists()


@pytest.mark.parametrize(
    ("pickled", "told"),
    [
        pytest.param(b"cos\nsystem\n(S'true'\ntR.", "GLOBAL", id="global"),
        pytest.param(pickle.dumps({"a": "b"}, 4), "EMPTY_DICT", id="dict"),
        pytest.param(pickle.dumps(["a"], 4), "EMPTY_LIST", id="list"),
        pytest.param(pickle.dumps(b"a", 4), "SHORT_BINBYTES", id="bytes"),
        pytest.param(b"\x80\x04\x82\x01.", "EXT1", id="extension"),
        pytest.param(b"\x80\x04\x8c\x01a0.", "POP", id="pop"),
        pytest.param(b"Pid\n.", "PERSID", id="persistent-id"),
        pytest.param(b"\x80\x04\x8c\x01a\x8c\x01b.", "2 strings", id="two-texts"),
        pytest.param(b"\x80\x04.", "0 strings", id="no-text"),
        pytest.param(pickle.dumps("a", 4) + b"cos\nsystem\n.", "behind", id="something-behind"),
        pytest.param(b"\x80\x04\x8d" + (1 << 62).to_bytes(8, "little") + b"a.", "damaged", id="claims-four-exabytes"),
        pytest.param(b"\x80\x04\x8d" + b"\xff" * 8 + b"a.", "damaged", id="claims-more-than-there-can-be"),
        pytest.param(b"\x80\x04X\xff\xff\xff\xff", "damaged", id="claims-four-gigabytes"),
        pytest.param(pickle.dumps("abc", 4)[:-1], "damaged", id="without-an-end"),
        pytest.param(pickle.dumps("abc", 4)[:-4], "damaged", id="cut"),
        pytest.param(b"\x80\x04\x8c\x02\xff\xfe.", "damaged", id="no-utf-8"),
        pytest.param(b"\xff\x00", "damaged", id="no-opcode"),
        pytest.param(b"", "damaged", id="empty"),
    ],
)
def test_anything_but_one_text_is_refused(pickled: bytes, told: str) -> None:
    with pytest.raises(Refused, match=told):
        decode(packed(pickled))


@pytest.mark.parametrize(
    ("encoded", "told"),
    [
        pytest.param("{]", "base64", id="neither-json-nor-base64"),
        pytest.param("ä", "base64", id="not-ascii"),
        pytest.param("YWJj*", "base64", id="a-wrong-character"),
        pytest.param("YWJj", "decompress", id="no-zlib"),
        pytest.param(base64.b64encode(zlib.compress(b"x" * 999)[:-6]).decode(), "cut", id="cut-zlib"),
        pytest.param(base64.b64encode(zlib.compress(b"x") + b"y").decode(), "behind", id="data-behind-zlib"),
    ],
)
def test_other_encodings_are_refused(encoded: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        decode(encoded)


def test_a_bomb_is_refused_before_it_unfolds() -> None:
    bomb = packed(pickle.dumps("a" * (50 << 20), 4))
    assert len(bomb) < 100_000
    with pytest.raises(Refused, match="more than the allowed 1048576 bytes"):
        decode(bomb, max_bytes=1 << 20)
