"""What a user may write after --model, and what is said about everything else."""

import subprocess
import sys
from pathlib import Path

import pytest

from ttsd.errors import UserError
from ttsd.models import cache_folder, list_models, model_path, pull, resolve_model


def test_an_unknown_name_lists_the_known_ones_and_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"qwen2\.5-coder-1\.5b.*smollm2-135m.*did you mean 'qwen2\.5-coder-0\.5b'\?"):
        resolve_model("Qwen2.5-Coder-0.5", tmp_path)


def test_pull_of_a_hub_id_says_that_it_needs_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="'some/model' is a hub id, which needs no pull"):
        pull("some/model", tmp_path)


def test_pull_of_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"'some-model' is not an embedded model \(qwen2\.5"):
        pull("some-model", tmp_path)


def test_an_empty_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--model is empty"):
        resolve_model("", tmp_path)


def test_a_hub_id_is_passed_on(tmp_path: Path) -> None:
    source = resolve_model("Qwen/Qwen3-8B", tmp_path)
    assert (source.kind, source.location) == ("hub", "Qwen/Qwen3-8B")


def test_a_model_folder_is_used_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert resolve_model(str(tmp_path)).location == str(tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no config\.json"):
        resolve_model(str(tmp_path))


def test_a_missing_gguf_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no file nowhere\.gguf"):
        resolve_model("nowhere.gguf", tmp_path)


def test_a_model_that_is_not_pulled_names_the_command(tmp_path: Path) -> None:
    assert all(entry.path is None for entry in list_models(tmp_path))
    with pytest.raises(UserError, match="ttsd models pull smollm2-135m"):
        model_path("smollm2-135m", tmp_path)


def test_the_cache_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TTSD_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert cache_folder() == Path("/x/ttsd")
    monkeypatch.setenv("TTSD_CACHE", "/own")
    assert cache_folder() == Path("/own")


def test_importing_models_does_not_import_torch() -> None:
    code = "import sys, ttsd.models, ttsd.doctor; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
