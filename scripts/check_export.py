"""Whether exported models give the same outputs in transformers and sentence-transformers.

Exports the built-in model, the golden folders and whatever else is named with `shelfwise export-model`,
embeds the same texts by `shelfwise embed`, by transformers (AutoModel, pooling as 1_Pooling says,
normalised) and, where it is installed, by sentence-transformers, and prints the largest difference of
each. Differences of 1e-4 or more fail.

    cargo build --release
    pip install torch transformers safetensors sentence-transformers
    python scripts/check_export.py target/release/shelfwise [FOLDER… | --project PROJECT RUN…]
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 1e-4
TEXTS = [
    "Red ceramic mug, 350 ml, dishwasher safe",
    "WHITE HANGING HEART T-LIGHT HOLDER",
    "Café crème brûlée façade naïve résumé",
    "红色陶瓷杯 mug 无线降噪耳机",
    "supercalifragilisticexpialidocious",
    "[MASK] written by a user, 5/5!",
    "I returned this jacket because the zip broke after two days. " * 6,
    "a",
]


def shelfwise(program: str, *arguments: str) -> dict:
    done = subprocess.run([program, *arguments, "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def by_transformers(folder: Path, texts: list[str]) -> torch.Tensor:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    longest = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
    first = json.loads((folder / "1_Pooling/config.json").read_text())["pooling_mode_cls_token"]
    batch = tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1).float()
    pooled = hidden[:, 0] if first else (hidden * mask).sum(1) / mask.sum(1)
    return torch.nn.functional.normalize(pooled, dim=1)


def by_sentence_transformers(folder: Path, texts: list[str]) -> torch.Tensor | None:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        return None
    model = SentenceTransformer(str(folder), device="cpu")
    return model.encode(texts, convert_to_tensor=True, show_progress_bar=False)


def check(program: str, model: str, options: list[str], folder: Path, texts: Path) -> bool:
    shelfwise(program, "export-model", model, str(folder), *options)
    own = torch.tensor(shelfwise(program, "embed", model, str(texts), "--device", "cpu", *options)["vectors"])
    kind = AutoConfig.from_pretrained(folder).architectures[0]
    differences = {"transformers": (by_transformers(folder, TEXTS) - own).abs().max().item()}
    others = by_sentence_transformers(folder, TEXTS)
    if others is not None:
        differences["sentence-transformers"] = (others - own).abs().max().item()
    shown = ", ".join(f"{name} {value:.1e}" for name, value in differences.items())
    print(f"{Path(model).name} ({kind}, {tuple(own.shape)}): largest difference from {shown}")
    return all(value < LIMIT for value in differences.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("models", nargs="*")
    parser.add_argument("--project")
    arguments = parser.parse_intermixed_args()
    golden = sorted(path.parent for path in (ROOT / "tests/golden/bert/folders").glob("*/config.json"))
    models = [("built-in", []), *((str(path), []) for path in golden)]
    models += [(model, ["--project", arguments.project] if arguments.project else []) for model in arguments.models]
    with tempfile.TemporaryDirectory() as place:
        texts = Path(place) / "texts.txt"
        texts.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
        passed = [
            check(arguments.program, model, options, Path(place) / str(index), texts)
            for index, (model, options) in enumerate(models)
        ]
    if not all(passed):
        raise SystemExit("an exported model differs")
    print(f"{len(passed)} exported models give the same outputs (limit {LIMIT:g})")


if __name__ == "__main__":
    main()
