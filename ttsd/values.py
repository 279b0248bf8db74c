"""JSON back into the values it was written from, checked against their types."""

from __future__ import annotations

import dataclasses
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_hints = cache(get_type_hints)


def from_json(kind: Any, data: Any, where: str = "it") -> Any:
    """The value of type `kind` that `data` stands for, by the type hints of dataclasses and named tuples.

    Keys that a dataclass does not have are passed over. ValueError: where, what is there, what it must be.
    """
    if kind is Any:
        return data
    if get_origin(kind):
        return _generic(get_origin(kind), get_args(kind), data, where)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, _expect(dict, data, where), where)
    if issubclass(kind, tuple):
        return _named_tuple(kind, _expect(list, data, where), where)
    if issubclass(kind, Enum):
        return kind(_expect_one_of([member.value for member in kind], data, where))
    return data if kind is float and type(data) is int else _expect(kind, data, where)


def _generic(origin: Any, inside: tuple[Any, ...], data: Any, where: str) -> Any:
    if origin in (Union, UnionType):  # `X | None` is the only one that we write
        return None if data is None else from_json(inside[0], data, where)
    if origin is Literal:
        return _expect_one_of(inside, data, where)
    if origin is dict:
        return {
            name: from_json(inside[1], item, f"{where}.{name}") for name, item in _expect(dict, data, where).items()
        }
    rows = enumerate(_expect(list, data, where), start=1)
    return origin(from_json(inside[0], item, f"item {number} of {where}") for number, item in rows)


def _dataclass(kind: Any, data: dict[str, Any], where: str) -> Any:
    for field in dataclasses.fields(kind):
        required = field.default is field.default_factory is dataclasses.MISSING
        if required and field.name not in data:
            raise ValueError(f"{where} has no {field.name!r}")
    names = [field.name for field in dataclasses.fields(kind) if field.name in data]
    return kind(**{name: from_json(_hints(kind)[name], data[name], repr(name)) for name in names})


def _named_tuple(kind: Any, data: list[Any], where: str) -> Any:
    if len(data) != len(kind._fields):
        raise ValueError(f"{where} holds {len(data)} items instead of {len(kind._fields)}")
    return kind(*(from_json(_hints(kind)[name], item, where) for name, item in zip(kind._fields, data, strict=True)))


def _expect(kind: type, data: Any, where: str) -> Any:
    if type(data) is not kind:  # to Python True is an int; to us it is not
        raise ValueError(f"{where} is of type {type(data).__name__} instead of {kind.__name__}")
    return data


def _expect_one_of(allowed: Any, data: Any, where: str) -> Any:
    if data not in allowed:
        raise ValueError(f"{where} is {data!r:.40} instead of one of {', '.join(map(str, allowed))}")
    return data
