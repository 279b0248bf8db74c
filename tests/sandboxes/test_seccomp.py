"""The filter and the Docker profile deny the same system calls: both are made from one table."""

from __future__ import annotations

import json
import platform
import struct
from itertools import pairwise

import pytest

from sandboxes.seccomp import CLONE_NEW_NAMESPACES, DENIED, docker_profile, filter_program, supported

JUMP_IF_EQUAL, RETURN, REFUSE = 0x15, 0x06, 0x00050001  # SECCOMP_RET_ERRNO | EPERM


@pytest.mark.skipif(not supported(), reason="no filter for this processor")
def test_the_filter_denies_what_is_in_the_table() -> None:
    column = {"x86_64": 0, "aarch64": 1}[platform.machine()]
    code = list(struct.iter_unpack("<HBBI", filter_program()))
    pairs = pairwise(code)
    refused = {test[3] for test, then in pairs if test[0] == JUMP_IF_EQUAL and (then[0], then[3]) == (RETURN, REFUSE)}
    assert {numbers[column] for numbers in DENIED.values() if numbers[column] is not None} <= refused


def test_the_profile_denies_what_is_in_the_table() -> None:
    rules = json.loads(docker_profile())["syscalls"]
    always = [rule for rule in rules if not rule["args"] and rule["errnoRet"] == 1]
    assert {name for rule in always for name in rule["names"]} == set(DENIED)


@pytest.mark.parametrize(("gvisor", "denied"), [(False, True), (True, False)])
def test_clone3_is_unknown_where_that_can_be_said(gvisor: bool, denied: bool) -> None:
    rules = json.loads(docker_profile(gvisor))["syscalls"]
    assert any("clone3" in rule["names"] for rule in rules) is denied


def test_the_profile_denies_each_kind_of_new_namespace() -> None:
    rules = [rule for rule in json.loads(docker_profile())["syscalls"] if rule["names"] == ["clone"]]
    bits = [argument["value"] for rule in rules for argument in rule["args"]]
    assert sum(bits) == CLONE_NEW_NAMESPACES
    assert all(bit.bit_count() == 1 for bit in bits)
