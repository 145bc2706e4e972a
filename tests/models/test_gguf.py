"""GGUF files: converted once, to the same model, found again by content."""

import shutil
from pathlib import Path

import pytest
from tiny_gguf import write_tiny_gguf

from slowthink.errors import ModelUnavailable
from slowthink.models import cache, gguf


def test_converts_once_to_the_same_model(tiny_gguf: Path, own_cache: Path) -> None:
    torch = pytest.importorskip("torch")
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    folder = gguf.convert_gguf(tiny_gguf)
    where = {"pretrained_model_name_or_path": tiny_gguf.parent, "gguf_file": tiny_gguf.name}
    options = {"dtype": torch.bfloat16, "quantization_config": GgufConfig(dequantize=True)}
    original = AutoModelForCausalLM.from_pretrained(**where, **options)
    converted = AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    assert converted.dtype == torch.bfloat16
    tokenizer, before = AutoTokenizer.from_pretrained(folder), AutoTokenizer.from_pretrained(**where)
    text = "ab 12  é 世\n<|im_end|>"
    ids = tokenizer(text, return_tensors="pt")
    assert ids["input_ids"].tolist() == [before(text)["input_ids"]]
    assert tokenizer.decode(ids["input_ids"][0]) == text
    assert torch.equal(converted(**ids).logits, original(**ids).logits)


def test_found_again_by_content(tiny_gguf: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    converted = []

    def convert(source: Path, work: Path, out: Path) -> None:
        converted.append(source)
        (out / "weights").write_bytes(bytes(10_000))

    monkeypatch.setattr(gguf, "run_worker", convert)
    folder = gguf.convert_gguf(str(tiny_gguf))
    assert [entry.path for entry in cache.entries()] == [folder]
    assert cache.entries()[0].bytes == 10_000
    assert cache.entries()[0].source == str(tiny_gguf)
    assert converted == [tiny_gguf]
    assert gguf.convert_gguf(tiny_gguf) == folder
    copy = shutil.copy(tiny_gguf, tiny_gguf.with_name("copy.gguf"))
    assert gguf.convert_gguf(copy) == folder
    assert converted == [tiny_gguf]
    write_tiny_gguf(tiny_gguf, seed=1)
    assert gguf.convert_gguf(tiny_gguf) != folder
    assert converted == [tiny_gguf, tiny_gguf]


def test_what_is_no_gguf_file(tmp_path: Path, own_cache: Path) -> None:
    with pytest.raises(ModelUnavailable, match="Expected a GGUF file at"):
        gguf.convert_gguf(tmp_path / "absent.gguf")
    text = tmp_path / "text.gguf"
    text.write_text("not a model")
    with pytest.raises(ModelUnavailable, match="begins with b'not '"):
        gguf.convert_gguf(text)


def test_a_file_cut_short(tiny_gguf: Path, own_cache: Path) -> None:
    whole = tiny_gguf.read_bytes()
    tiny_gguf.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelUnavailable, match="cut short"):
        gguf.convert_gguf(tiny_gguf)
    assert not cache.entries()
    assert not list(cache.models_folder().glob("*.tmp-*"))
