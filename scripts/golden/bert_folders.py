"""Tiny Hugging Face BERT folders in the layouts that are met in the wild, with their outputs.

Writes tests/golden/bert/folders/<name>/ (a model of a few thousand random weights each) and
expected.json beside them: for each folder some texts, their token ids, the last hidden states and the
mean-pooled, normalised vectors by transformers on the CPU in 32-bit floats; and for `old_names` the
losses of BertForPreTraining on a masked batch.

    old_names   pytorch_model.bin of today, `bert.` prefix, gamma and beta, heads, vocab.txt alone, uncased
    cased       pytorch_model.bin of before PyTorch 1.6, no prefix, tokenizer_config.json, cased
    chinese     pytorch_model.bin in bfloat16, `bert.` prefix, Chinese words, vocab.txt alone
    doubles     model.safetensors in 64-bit floats, tokenizer.json, [CLS] pooling

    pip install torch transformers safetensors
    python scripts/golden/bert_folders.py

Made with torch 2.15.0, transformers 5.23.0, tokenizers 0.23.3, safetensors 0.8.0, Python 3.11.
"""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForPreTraining, BertModel

OUT = Path(__file__).resolve().parents[2] / "tests/golden/bert/folders"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = list("abcdefghijklmnopqrstuvwxyz0123456789.,-'")
TEXTS = {
    "old_names": ["Red Mug!", "réd mugs, a kettle", "", "[MASK] red 红", "Größe zoë " * 8],
    "cased": ["Red Mug", "red mug", "Réd MUG kettle", "The mug."],
    "chinese": ["红色陶瓷杯", "杯子mug红", "无线 red", "茶"],
    "doubles": ["red mug", "Blue kettle and a mug", "[CLS] written by a user"],
}


def words(extra: list[str], letters: list[str] = LETTERS) -> list[str]:
    return SPECIAL + letters + ["##" + letter for letter in letters] + extra


def config(vocabulary: list[str], **other) -> BertConfig:
    sizes = dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12)
    return BertConfig(vocab_size=len(vocabulary), max_position_embeddings=40, hidden_dropout_prob=0.0,
                      attention_probs_dropout_prob=0.0, **{**sizes, **other})


def randomise(model: torch.nn.Module, seed: int) -> None:
    """Weights far from those of a new model, so that no part can be mistaken for another."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in sorted(model.named_parameters()):
            centre = 1.0 if "LayerNorm.weight" in name else 0.0
            weight.copy_(centre + 0.4 * torch.randn(weight.shape, generator=generator))


def tokenizer(vocabulary: list[str], lower: bool) -> Tokenizer:
    ids = {word: index for index, word in enumerate(vocabulary)}
    made = Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = normalizers.BertNormalizer(lowercase=lower)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.add_special_tokens(SPECIAL)
    made.post_processor = processors.BertProcessing(("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"]))
    return made


def write(name: str, settings: BertConfig, vocabulary: list[str]) -> Path:
    folder = OUT / name
    folder.mkdir(parents=True)
    kept = ["vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
            "max_position_embeddings", "type_vocab_size", "layer_norm_eps", "hidden_act"]
    text = {"model_type": "bert", **{key: getattr(settings, key) for key in kept}}
    (folder / "config.json").write_text(json.dumps(text, indent=1) + "\n")
    if name != "doubles":
        (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    return folder


def rows(model: BertModel, made: Tokenizer, texts: list[str], first: bool) -> list[dict]:
    found = []
    for text in texts:
        ids = made.encode(text).ids
        with torch.no_grad():
            hidden = model(input_ids=torch.tensor([ids])).last_hidden_state[0]
        pooled = hidden[0] if first else hidden.mean(dim=0)
        vector = torch.nn.functional.normalize(pooled, dim=0)
        found.append({
            "text": text,
            "ids": ids,
            "hidden": [round(v, 6) for v in hidden.flatten().tolist()],
            "vector": [round(v, 7) for v in vector.tolist()],
        })
    return found


def old_names() -> dict:
    vocabulary = words(["red", "mug", "mugs", "kettle"])
    model = BertForPreTraining(config(vocabulary, num_hidden_layers=2)).eval()
    randomise(model, 1)
    folder = write("old_names", model.config, vocabulary)
    state = {}
    for name, weight in model.state_dict().items():
        old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        state[old] = weight
    torch.save(state, folder / "pytorch_model.bin")
    made = tokenizer(vocabulary, lower=True)
    pairs = [("red mug", "a kettle"), ("mugs", "red red mug kettle"), ("kettle a", "mug")]
    examples, mlm, order = [], [], [0, 1, 1]
    for index, (a, b) in enumerate(pairs):
        ids = made.encode(a, b).ids
        second = ids.index(made.token_to_id("[SEP]")) + 1
        positions = [1, second] if index != 1 else [second + 1]
        labels = [ids[place] for place in positions]
        for place in positions:
            ids[place] = made.token_to_id("[MASK]")
        examples.append({"ids": ids, "second": second, "positions": positions, "labels": labels,
                         "is_random": bool(order[index])})
        mlm.append(labels)
    width = max(len(one["ids"]) for one in examples)
    grid = lambda fill: torch.full((len(examples), width), fill)
    ids, segments, mask, labels = grid(0), grid(0), grid(0), grid(-100)
    for row, one in enumerate(examples):
        ids[row, : len(one["ids"])] = torch.tensor(one["ids"])
        segments[row, one["second"] : len(one["ids"])] = 1
        mask[row, : len(one["ids"])] = 1
        for place, label in zip(one["positions"], one["labels"]):
            labels[row, place] = label
    with torch.no_grad():
        out = model(input_ids=ids, token_type_ids=segments, attention_mask=mask)
        both = model(input_ids=ids, token_type_ids=segments, attention_mask=mask, labels=labels,
                     next_sentence_label=torch.tensor(order))
    mlm_loss = torch.nn.functional.cross_entropy(
        out.prediction_logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    nsp_loss = torch.nn.functional.cross_entropy(out.seq_relationship_logits, torch.tensor(order))
    assert abs(float(mlm_loss + nsp_loss - both.loss)) < 1e-5
    pretraining = {"examples": examples, "mlm_loss": float(mlm_loss), "nsp_loss": float(nsp_loss),
                   "loss": float(both.loss)}
    return {"rows": rows(model.bert, made, TEXTS["old_names"], False), "pretraining": pretraining}


def cased() -> dict:
    vocabulary = words(["Red", "red", "Mug", "mug", "T", "R", "M", "##U", "##G", "é"])
    model = BertModel(config(vocabulary)).eval()
    randomise(model, 2)
    folder = write("cased", model.config, vocabulary)
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}\n')
    torch.save(model.state_dict(), folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    return {"rows": rows(model, tokenizer(vocabulary, lower=False), TEXTS["cased"], False)}


def chinese() -> dict:
    vocabulary = words(list("红色陶瓷杯子无线茶") + ["red", "mug"], list("abcdefgr"))
    model = BertForPreTraining(config(vocabulary)).eval()
    randomise(model, 3)
    model = model.bfloat16()
    folder = write("chinese", model.config, vocabulary)
    state = {name: weight for name, weight in model.state_dict().items() if not name.startswith("cls.")}
    torch.save(state, folder / "pytorch_model.bin")
    return {"rows": rows(model.float().bert, tokenizer(vocabulary, lower=True), TEXTS["chinese"], False)}


def doubles() -> dict:
    vocabulary = words(["red", "mug", "blue"])
    model = BertModel(config(vocabulary)).eval()
    randomise(model, 4)
    folder = write("doubles", model.config, vocabulary)
    made = tokenizer(vocabulary, lower=True)
    made.save(str(folder / "tokenizer.json"))
    weights = {name: weight.double().contiguous() for name, weight in model.state_dict().items()}
    save_file(weights, folder / "model.safetensors")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling/config.json").write_text('{"pooling_mode_cls_token": true}\n')
    return {"rows": rows(model, made, TEXTS["doubles"], True)}


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    expected = {make.__name__: make() for make in (old_names, cased, chinese, doubles)}
    text = json.dumps(expected, ensure_ascii=False, separators=(",", ":"))
    (OUT / "expected.json").write_text(text.replace('},{"text"', '},\n{"text"') + "\n", encoding="utf-8")
    for path in sorted(OUT.rglob("*")):
        if path.is_file():
            print(f"{path.relative_to(OUT)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
