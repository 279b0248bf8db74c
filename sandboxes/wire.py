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
from typing import Union

Json = Union[None, bool, int, float, str, list["Json"], dict[str, "Json"]]  # noqa: UP007 - the guest's Python may be 3.9
Message = dict[str, Json]

MAX_DEPTH = 100
MAX_SIZE = 8 << 20  # of one value: the characters in its texts and 8 for every item
MAX_FRAME = 128 << 20  # 8 MiB of output, each byte written as \u0000 in the worst case, twice over
HEADER = struct.Struct(">I")
_NODE = 8  # what an item costs, however small
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
    """The message in a frame's body; WireError when it is not a JSON object."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireError(f"no JSON: {error}") from error
    if not isinstance(message, dict):
        raise WireError(f"expected an object, got {type(message).__name__}")
    return message


def encode(value: object) -> Json:
    """The tagged JSON of a value; WireError when its type, depth or size cannot cross."""
    return _Encoder().encode(value, 0)


class _Encoder:
    """Counts what was written, so that a shared or endless structure is refused before it fills the memory."""

    def __init__(self) -> None:
        self.left = MAX_SIZE

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise WireError(f"the value is larger than the allowed {MAX_SIZE} characters")

    def encode(self, value: object, depth: int) -> Json:
        if depth > MAX_DEPTH:
            raise WireError(f"the value is nested more than {MAX_DEPTH} levels deep")
        self.spend(_NODE)
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
)


def decode(data: Json) -> object:
    """The value behind tagged JSON; WireError for anything that `encode` does not write."""
    try:
        return _decode(data, 0)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise WireError(f"not an encoded value: {error}") from error


def _decode(data: Json, depth: int) -> object:
    if depth > 2 * MAX_DEPTH:
        raise WireError("nested too deep")
    if isinstance(data, list):
        return _decode_all(data, depth)
    if isinstance(data, dict):
        ((tag, content),) = data.items()
        return _READERS[tag](content, depth)
    return data


def _decode_all(data: Json, depth: int) -> list[object]:
    if not isinstance(data, list):
        raise WireError("expected a list")
    return [_decode(item, depth + 1) for item in data]


def _decode_dict(data: Json, depth: int) -> dict[object, object]:
    if not isinstance(data, list):
        raise WireError("expected a list of pairs")
    values: dict[object, object] = {}
    for pair in data:
        key, value = _decode_all(pair, depth)
        values[key] = value
    return values


def _decode_complex(data: Json, depth: int) -> complex:
    real, imag = _decode_all(data, depth)
    if not (isinstance(real, float) and isinstance(imag, float)):
        raise WireError("expected two floats")
    return complex(real, imag)


_READERS: dict[str, Callable[..., object]] = {
    "int": lambda data, depth: int(data, 16),
    "float": lambda data, depth: {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[data],
    "bytes": lambda data, depth: bytes.fromhex(data),
    "complex": _decode_complex,
    "tuple": lambda data, depth: tuple(_decode_all(data, depth)),
    "dict": _decode_dict,
    "set": lambda data, depth: set(_decode_all(data, depth)),
    "frozenset": lambda data, depth: frozenset(_decode_all(data, depth)),
}
