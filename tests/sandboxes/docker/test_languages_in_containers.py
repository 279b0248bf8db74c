"""Programs in other languages than Python, in containers of an image with toolchains.

Such an image is large, so nothing here makes it:
python -m sandboxes.images.build --toolchains --rootfs ~/.cache/ttsd/images/toolchains.tar
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from left import containers
from owndaemon import CACHE, OwnDaemon
from test_languages import BOMBS, COMPILED, HOSTILE, LIMITS, UNUSUAL, stored

from sandboxes.docker import Docker
from sandboxes.errors import SandboxUnavailable
from sandboxes.images import build as recipe
from sandboxes.types import Case, Checks, Limits, Program, Status, Tier, Verdict
from sandboxes.verifiers.stdio import StdioVerifier
from sandboxes.verifiers.toolchains import require_toolchain

pytestmark = pytest.mark.docker

ROOTFS = CACHE / "toolchains.tar"
ENDINGS = {
    "right": Status.PASS,
    "crash": Status.RUNTIME_ERROR,
    "loop": Status.TIME_LIMIT,
    "memory": Status.MEMORY_LIMIT,
    "flood": Status.OUTPUT_LIMIT,
    "broken": Status.COMPILE_ERROR,
}


@pytest.fixture(scope="module")
def tools(own_daemon: OwnDaemon | None, image: str) -> Iterator[Docker]:
    """In a daemon of ours the image of that file; in another one whatever is there."""
    if own_daemon is not None and ROOTFS.exists():
        image = "ttsd-toolchains"
        recipe.import_root(ROOTFS, image)
    with closing(Docker(image)) as docker:
        yield docker
    assert containers(docker) == []


def verify(docker: Docker, language: str, source: str, *pairs: tuple[str, str], limits: Limits = LIMITS) -> Verdict:
    try:
        require_toolchain(docker, language)
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    cases = tuple(Case(f"case {n}", Tier.FEEDBACK, given, wanted) for n, (given, wanted) in enumerate(pairs, 1))
    return StdioVerifier(Checks("stdio", cases, limits), docker).verify(Program(source, language=language))


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("language", COMPILED)
def test_programs_end_as_they_do_elsewhere(tools: Docker, language: str, name: str) -> None:
    limits = replace(LIMITS, cpu_s=1) if name == "loop" else LIMITS
    verdict = verify(tools, language, stored(language, name), ("1 2\n3\n", "6\n"), limits=limits)
    assert verdict.status is ENDINGS[name], verdict


@pytest.mark.parametrize(("language", "source"), UNUSUAL.values(), ids=UNUSUAL)
def test_right_programs_in_unusual_style_pass(tools: Docker, language: str, source: str) -> None:
    verdict = verify(tools, language, source, ("4\n", "16\n"))
    assert verdict.status is Status.PASS, verdict


@pytest.mark.parametrize(("language", "source", "ending"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_programs_harm_themselves_alone(
    tools: Docker, language: str, source: str, ending: tuple[Status, str]
) -> None:
    verdict = verify(tools, language, source, ("", "expected\n"), ("", "expected\n"))
    assert [(case.status, case.error) for case in verdict.cases] == [ending, ending]


@pytest.mark.parametrize(("language", "source"), [row[:2] for row in BOMBS.values()], ids=BOMBS)
def test_a_source_that_attacks_its_compiler_is_a_compile_error(tools: Docker, language: str, source: str) -> None:
    assert verify(tools, language, source, ("", "")).status is Status.COMPILE_ERROR


def test_an_image_without_toolchains_is_told_with_the_command_that_makes_one(image: str) -> None:
    with closing(Docker(image)) as docker, pytest.raises(SandboxUnavailable) as told:
        require_toolchain(docker, "rust")
    assert str(told.value).startswith("the sandbox docker has no /usr/bin/rustc, which Rust programs need")
    assert str(told.value).endswith(": python -m sandboxes.images.build --toolchains")
