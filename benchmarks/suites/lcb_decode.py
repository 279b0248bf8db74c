"""The encoded private tests of a LiveCodeBench row, read without trusting them.

Where they are not plain JSON, the text is base64 of zlib of a pickle of one string, which is JSON. A pickle can run
anything when it is loaded, so it never is: its opcodes are read one by one, and only those that spell one string pass.
"""

from __future__ import annotations

import base64
import binascii
import io
import pickletools
import zlib

MAX_BYTES = 256 << 20  # of the decompressed tests of one row
_HARMLESS = frozenset(("PROTO", "FRAME", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "STOP"))
_STRINGS = frozenset(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"))


class Refused(ValueError):
    """The text is no encoding of one string. The message says why, as the end of a sentence."""


def decode(encoded: str, max_bytes: int = MAX_BYTES) -> str:
    """The string inside; `Refused` for anything else, and for more than `max_bytes`."""
    try:
        packed = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(f"they are neither JSON nor base64 ({error})") from error
    return _pickled_string(_decompressed(packed, max_bytes))


def _decompressed(packed: bytes, max_bytes: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed, max_bytes)
    except zlib.error as error:
        raise Refused(f"they do not decompress ({error})") from error
    if stream.unconsumed_tail:
        raise Refused(f"they decompress to more than the allowed {max_bytes} bytes")
    if not stream.eof or stream.unused_data:
        raise Refused("their compressed data is cut or has something behind it")
    return data


def _pickled_string(data: bytes) -> str:
    file = io.BytesIO(data)
    found: list[str] = []
    try:
        for opcode, argument, _ in pickletools.genops(file):
            if opcode.name in _STRINGS:
                found.append(str(argument))
            elif opcode.name not in _HARMLESS:
                raise Refused(f"their pickle holds {opcode.name}, and only one string is allowed")
    except Refused:
        raise
    except ValueError as error:
        raise Refused(f"their pickle is damaged ({error})") from error
    if len(found) != 1 or file.read(1):
        raise Refused(f"their pickle holds {len(found)} strings or something behind them, and not just one string")
    return found[0]
