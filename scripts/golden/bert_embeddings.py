"""Reference sentence embeddings of the built-in all-MiniLM-L6-v2.

Writes tests/golden/bert/embeddings.json: 50 sentences, their token ids and their embeddings (mean of
the last hidden states over real tokens, then L2-normalised), computed by transformers on the CPU in
32-bit floats from the 16-bit weights in assets.

    pip install torch transformers safetensors
    python scripts/golden/bert_embeddings.py

Made with torch 2.15.0, transformers %TRANSFORMERS%, safetensors %SAFETENSORS%, Python 3.11.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "assets/models/all-MiniLM-L6-v2"
OUT = ROOT / "tests/golden/bert/embeddings.json"
MAX_TOKENS = 256

SENTENCES = [
    "",
    " ",
    ".",
    "?!...",
    "mug",
    "Red ceramic mug, 350 ml, dishwasher safe",
    "WHITE HANGING HEART T-LIGHT HOLDER",
    "REGENCY CAKESTAND 3 TIER",
    "Women's waterproof hiking boots (size 38, brown)",
    "USB-C cable 2m, 60W, braided — fast charging",
    "4K OLED TV 55\" with HDR10+ & Dolby Vision",
    "Organic fair-trade coffee beans; dark roast; 1kg",
    "Café crème brûlée façade naïve résumé",
    "Ünïcödé strîpped äccents",
    "The quick brown fox jumps over the lazy dog.",
    "A kettle boils water. A kettle is boiling water!",
    "I returned this jacket because the zip broke after two days.",
    "great value, fast delivery, would buy again 5/5",
    "viewed red mug; bought blue teapot; cart green plate",
    "noise-cancelling headphones",
    "wireless ear buds with active noise cancellation",
    "laptop sleeve 13-inch",
    "SKU 85123A / batch #0042 @ $12.99 (20% off)",
    "https://shop.example/products?id=42&ref=mail",
    "price: 1,299.00 EUR, was 1.499,00 EUR",
    "AAA AA C D 9V batteries",
    "a",
    "to be or not to be",
    "红色陶瓷杯",
    "无线降噪耳机，续航三十小时",
    "运动鞋 男 42码",
    "智能手表 smart watch 2024 新款",
    "日本語のテキストも少し",
    "한국어 상품 설명",
    "Кофемашина автоматическая",
    "قهوة عربية",
    "😀",
    "I love this mug ☕😍👍🏽",
    "emoji only: 🎁🎉🛒",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "x" * 120,
    "tab\tand\nnewline and\u00a0no-break space\u200bzero width",
    "[CLS] [SEP] [MASK] [PAD] written by a user",
    "don't can't won't it's shopper's shoppers'",
    "1234567890 12345678901234567890",
    "Stainless steel insulated water bottle keeps drinks cold for 24 hours and hot for 12 hours, BPA free, leak proof lid, wide mouth, 750 ml, available in six colours.",
    "This linen shirt has a relaxed fit, a button-down collar and a chest pocket. Machine wash cold. Model is 185 cm tall and wears size M. " * 3,
    "A long description that has to be cut off at the end. " * 40,
    "长文本" * 150,
    "garden " * 254,
]


def load_model() -> BertModel:
    config = BertConfig(**json.loads((MODEL / "config.json").read_text()))
    model = BertModel(config, add_pooling_layer=False)
    weights = {k: v.float() for k, v in load_file(MODEL / "model.f16.safetensors").items()}
    result = model.load_state_dict(weights, strict=False)
    unused = [k for k in result.unexpected_keys if not k.startswith("pooler.") and "position_ids" not in k]
    assert not result.missing_keys and not unused, result
    return model.eval()


def token_ids(text: str, tokenizer: Tokenizer) -> list[int]:
    pieces = tokenizer.encode(text, add_special_tokens=False).ids[: MAX_TOKENS - 2]
    return [tokenizer.token_to_id("[CLS]"), *pieces, tokenizer.token_to_id("[SEP]")]


def main() -> None:
    tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    model = load_model()
    rows = []
    for text in SENTENCES:
        ids = token_ids(text, tokenizer)
        with torch.no_grad():
            hidden = model(input_ids=torch.tensor([ids])).last_hidden_state[0]
        vector = torch.nn.functional.normalize(hidden.mean(dim=0), dim=0)
        rows.append({"text": text, "ids": ids, "embedding": [round(v, 7) for v in vector.tolist()]})
    assert len(rows) == 50
    OUT.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    OUT.write_text('{"sentences":[\n' + lines + "\n]}\n", encoding="utf-8")
    print(f"{OUT.relative_to(ROOT)}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
