"""Python values and messages as bytes, the same on both sides of a sandbox; standard library only.

A value becomes JSON in which every object is one tag: `{"tuple": [1, 2]}`. What comes back is built of the exact
built-in types only, so it cannot lie about equality. A value of a subclass travels as its base, read with the base's
own methods (a `defaultdict` is a dict, a named tuple a tuple), for that is how Python compares it.
Not promised: identity, sharing or the order of a set. A copy of this file goes into every sandbox.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Iterable
from typing import Union, cast

Json = Union[None, bool, int, float, str, list["Json"], dict[str, "Json"]]  # noqa: UP007 - the guest's Python may be 3.9
Message = dict[str, Json]

MAX_DEPTH = 100
MAX_SIZE = 8 << 20  # of one value: the characters in its texts and 8 for every item
MAX_FRAME = 128 << 20  # 16 MiB of text, each byte written as \u0000 in the worst case, and room for the rest
ENDED: Message = {"ended": True}  # a guest's last words, said for it by what nothing inside can kill
HEADER = struct.Struct(">I")
_NODE = 8  # what an item costs, however small
# The densest value, a dict of empty tuples, has 1.5 opening brackets for each item, which costs 8.
_MAX_MARKS = MAX_SIZE // 5
_PLAIN_BITS = 10_000  # Python refuses to read decimal integers of more than 4,300 digits


class WireError(ValueError):
    """The value, or the bytes, cannot cross. The message names the type or the limit."""


def frame(message: Message) -> bytes:
    """A message with its length in front."""
    body = json.dumps(message, separators=(",", ":")).encode("ascii")
    if len(body) > MAX_FRAME:
        raise WireError(f"a message of {len(body)} bytes is longer than the allowed {MAX_FRAME}")
    return HEADER.pack(len(body)) + body


def unframe(body: bytes) -> Message:
    """The message in a frame's body; WireError when it is not a JSON object or holds more items than a value may."""
    _require_few_items(body)
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireError(f"no JSON: {error}") from error
    if not isinstance(message, dict):
        raise WireError(f"expected an object, got {type(message).__name__}")
    return message


def _require_few_items(body: bytes) -> None:
    """Before reading: three bytes of JSON, `{},`, become 70 bytes of memory. What stands in texts does not count."""
    unescaped = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    if unescaped.count(b'"') > MAX_SIZE:
        raise WireError(f"more than {MAX_SIZE // 2} texts")
    outside = b"".join(unescaped.split(b'"')[::2])
    for mark in (b"[", b"{", b","):
        if outside.count(mark) > _MAX_MARKS:
            raise WireError(f"more than {_MAX_MARKS} times {mark.decode()!r}")


class _Budget:
    """Counts what is written or read: a shared, endless or forged value is refused before it fills the memory."""

    def __init__(self) -> None:
        self.left = MAX_SIZE

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise WireError(f"the value is larger than the allowed {MAX_SIZE} characters")

    def enter(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise WireError(f"the value is nested more than {MAX_DEPTH} levels deep")
        self.spend(_NODE)


class Unbuilt:
    """A set, or a dict with other keys than texts, that `decode` was told not to build. Equal to nothing but itself."""

    def __init__(self, tag: str, items: Iterable[object]) -> None:
        self.tag, self.items = tag, items  # the items of a dict are pairs

    def __repr__(self) -> str:
        """As Python writes the collection."""
        if self.tag == "dict":
            pairs = cast("Iterable[tuple[object, object]]", self.items)
            return f"{{{', '.join(f'{key!r}: {value!r}' for key, value in pairs)}}}"
        inside = f"{{{', '.join(map(repr, self.items))}}}" if self.items else ""
        return f"frozenset({inside})" if self.tag == "frozenset" else inside or "set()"


def encode(value: object) -> Json:
    """The tagged JSON of a value; WireError when its type, depth or size cannot cross."""
    return _Encoder().encode(value, 0)


class _Encoder:
    def __init__(self) -> None:
        budget = _Budget()
        self.enter, self.spend = budget.enter, budget.spend

    def encode(self, value: object, depth: int) -> Json:
        self.enter(depth)
        kind = type(value)
        if value is None or kind is bool:
            return value  # type: ignore[return-value]
        for base, write in _WRITERS:
            if issubclass(kind, base):
                return write(self, value, depth)
        raise WireError(f"a value of type {kind.__name__} cannot be compared: return built-in types")

    def all(self, values: Iterable[object], depth: int) -> list[Json]:
        return [self.encode(value, depth + 1) for value in values]

    def write_integer(self, value: int, depth: int) -> Json:
        plain = int.__pos__(value)
        self.spend(plain.bit_length() // 4)
        return plain if plain.bit_length() < _PLAIN_BITS else {"int": hex(plain)}

    def write_real(self, value: float, depth: int) -> Json:
        plain = float.__pos__(value)
        return plain if math.isfinite(plain) else {"float": repr(plain)}

    def write_text(self, value: str, depth: int) -> Json:
        plain = str.__str__(value)
        self.spend(len(plain))
        return plain

    def write_octets(self, value: bytes, depth: int) -> Json:
        plain = bytes(memoryview(value))
        self.spend(2 * len(plain))
        return {"bytes": plain.hex()}

    def write_complex(self, value: complex, depth: int) -> Json:
        plain = complex.__pos__(value)
        return {"complex": self.all((plain.real, plain.imag), depth)}

    def write_list(self, value: list[object], depth: int) -> Json:
        return self.all(list.__iter__(value), depth)

    def write_tuple(self, value: tuple[object, ...], depth: int) -> Json:
        return {"tuple": self.all(tuple.__iter__(value), depth)}

    def write_dict(self, value: dict[object, object], depth: int) -> Json:
        return {"dict": [self.all(pair, depth) for pair in dict.items(value)]}

    def write_set(self, value: set[object], depth: int) -> Json:
        return {"set": self.all(set.__iter__(value), depth)}

    def write_frozenset(self, value: frozenset[object], depth: int) -> Json:
        return {"frozenset": self.all(frozenset.__iter__(value), depth)}

    def write_unbuilt(self, value: Unbuilt, depth: int) -> Json:
        if value.tag == "dict":
            return {"dict": [self.all(pair, depth) for pair in value.items]}  # type: ignore[arg-type]
        return {value.tag: self.all(value.items, depth)}


_WRITERS: tuple[tuple[type, Callable[..., Json]], ...] = (
    (int, _Encoder.write_integer),
    (float, _Encoder.write_real),
    (str, _Encoder.write_text),
    (list, _Encoder.write_list),
    (tuple, _Encoder.write_tuple),
    (dict, _Encoder.write_dict),
    (set, _Encoder.write_set),
    (frozenset, _Encoder.write_frozenset),
    (bytes, _Encoder.write_octets),
    (complex, _Encoder.write_complex),
    (Unbuilt, _Encoder.write_unbuilt),
)


def decode(data: Json, build: bool = True) -> object:
    """The value behind tagged JSON; WireError for anything that `encode` does not write.

    Without `build` sets, and dicts with other keys than texts, come as `Unbuilt`. That is for a process which must not
    hang: a hostile guest can send so many keys of equal hash that building the collection takes hours.
    """
    try:
        return _Decoder(build).decode(data, 0)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise WireError(f"not an encoded value: {error}") from error


class _Decoder:
    """Spends what `_Encoder` does."""

    def __init__(self, build: bool) -> None:
        self.build = build
        budget = _Budget()
        self.enter, self.spend = budget.enter, budget.spend

    def decode(self, data: Json, depth: int) -> object:
        self.enter(depth)
        if isinstance(data, list):
            return self.all(data, depth)
        if isinstance(data, dict):
            ((tag, content),) = data.items()
            return _READERS[tag](self, content, depth)
        if isinstance(data, str):
            self.spend(len(data))
        elif isinstance(data, int):
            self.spend(data.bit_length() // 4)
        return data

    def all(self, data: Json, depth: int) -> list[object]:
        if not isinstance(data, list):
            raise WireError("expected a list")
        return [self.decode(item, depth + 1) for item in data]

    def read_integer(self, data: str, depth: int) -> int:
        value = int(data, 16)
        self.spend(value.bit_length() // 4)
        return value

    def read_real(self, data: str, depth: int) -> float:
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[data]

    def read_octets(self, data: str, depth: int) -> bytes:
        value = bytes.fromhex(data)
        self.spend(2 * len(value))
        return value

    def read_complex(self, data: Json, depth: int) -> complex:
        real, imag = self.all(data, depth)
        if not (isinstance(real, float) and isinstance(imag, float)):
            raise WireError("expected two floats")
        return complex(real, imag)

    def read_tuple(self, data: Json, depth: int) -> tuple[object, ...]:
        return tuple(self.all(data, depth))

    def read_dict(self, data: list[Json], depth: int) -> dict[object, object] | Unbuilt:
        pairs = [(key, value) for key, value in (self.all(pair, depth) for pair in data)]
        safe = self.build or all(isinstance(key, str) for key, _ in pairs)  # hashes of texts cannot be foreseen
        return dict(pairs) if safe else Unbuilt("dict", pairs)

    def read_set(self, data: Json, depth: int) -> set[object] | Unbuilt:
        items = self.all(data, depth)
        return set(items) if self.build else Unbuilt("set", items)

    def read_frozenset(self, data: Json, depth: int) -> frozenset[object] | Unbuilt:
        items = self.all(data, depth)
        return frozenset(items) if self.build else Unbuilt("frozenset", items)


_READERS: dict[str, Callable[..., object]] = {
    "int": _Decoder.read_integer,
    "float": _Decoder.read_real,
    "bytes": _Decoder.read_octets,
    "complex": _Decoder.read_complex,
    "tuple": _Decoder.read_tuple,
    "dict": _Decoder.read_dict,
    "set": _Decoder.read_set,
    "frozenset": _Decoder.read_frozenset,
}
