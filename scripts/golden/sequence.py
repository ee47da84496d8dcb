"""Golden values of the transformers over product vectors: tests/golden/bert/sequence.json.

The peer is BertModel of transformers with vectors of products in the place of word embeddings, as a decoder where
tokens look back only, and PyTorch's cross-entropy over the products.

    pip install torch==2.15.0 transformers==5.23.0 numpy
    python scripts/golden/sequence.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from transformers import BertConfig, BertModel

PRODUCTS, TEXT, HIDDEN, LONGEST = 7, 5, 8, 6
MASK = PRODUCTS

EXAMPLES = {
    "next": [
        {"items": [0, 1, 2, 3], "places": [0, 1, 3], "targets": [1, 2, 4]},
        {"items": [5], "places": [0], "targets": [6]},
        {"items": [6, 4, 2, 0, 1, 3], "places": [4, 5], "targets": [3, 5]},
    ],
    "masked": [
        {"items": [0, MASK, 2, MASK], "places": [1, 3], "targets": [1, 3]},
        {"items": [5, MASK], "places": [1], "targets": [6]},
        {"items": [6, 4, 2, 0, 1, MASK], "places": [5], "targets": [5]},
    ],
}


def main() -> None:
    torch.manual_seed(20)
    config = dict(
        vocab_size=PRODUCTS + 1,
        hidden_size=HIDDEN,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=4 * HIDDEN,
        max_position_embeddings=LONGEST,
        type_vocab_size=1,
        layer_norm_eps=1e-12,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        hidden_act="gelu",
        pad_token_id=None,
        attn_implementation="eager",
    )
    text = F.normalize(torch.randn(PRODUCTS, TEXT), dim=1)
    bias = torch.randn(PRODUCTS) * 0.3
    projection = torch.randn(HIDDEN, TEXT) * 0.3
    told_bias = torch.randn(1, TEXT) * 0.3
    weights = None
    cases = {}
    for objective, examples in EXAMPLES.items():
        is_next = objective == "next"
        model = BertModel(BertConfig(**config, is_decoder=is_next), add_pooling_layer=False)
        if weights is None:
            weights = {name: torch.randn_like(value) * 0.3 for name, value in model.named_parameters()}
            for name in weights:
                if name.endswith("LayerNorm.weight"):
                    weights[name] += 1.0
        model.load_state_dict(weights, strict=False)
        model.eval()
        case_bias, case_projection = bias.clone().requires_grad_(), projection.clone().requires_grad_()
        case_told = told_bias.clone().requires_grad_()
        own = model.embeddings.word_embeddings.weight
        table = own + torch.cat([text @ case_projection.T, torch.zeros(1, HIDDEN)])
        total, count, scores = 0.0, 0, None
        for example in examples:
            length = len(example["items"])
            out = model(
                inputs_embeds=table[torch.tensor(example["items"])].unsqueeze(0),
                position_ids=torch.arange(LONGEST - length, LONGEST).unsqueeze(0),
            ).last_hidden_state[0]
            scores = out[torch.tensor(example["places"])] @ table[:PRODUCTS].T + case_bias + (text @ case_told.T)[:, 0]
            targets = torch.tensor(example["targets"])
            total = total + F.cross_entropy(scores, targets, reduction="sum")
            count += len(targets)
        loss = total / count
        loss.backward()
        grads = {
            "bias": case_bias.grad,
            "told.projection": case_projection.grad,
            "told.bias": case_told.grad,
            "embeddings.word_embeddings.weight": own.grad,
            "embeddings.position_embeddings.weight": model.embeddings.position_embeddings.weight.grad,
            "encoder.layer.0.attention.self.query.weight": model.encoder.layer[0].attention.self.query.weight.grad,
            "encoder.layer.1.output.dense.weight": model.encoder.layer[1].output.dense.weight.grad,
        }
        cases[objective] = {
            "examples": examples,
            "loss": loss.item(),
            "last_scores": scores[-1].tolist(),
            "grads": {name: grad.flatten().tolist() for name, grad in grads.items()},
        }
    every = {**weights, "bias": bias, "told.projection": projection, "told.bias": told_bias}
    golden = {
        "text": text.flatten().tolist(),
        "weights": {n: {"shape": list(w.shape), "values": w.flatten().tolist()} for n, w in every.items()},
        "cases": cases,
    }
    path = Path(__file__).parents[2] / "tests/golden/bert/sequence.json"
    path.write_text(json.dumps(json.loads(json.dumps(golden), parse_float=lambda x: round(float(x), 7))) + "\n")
    print(path, {name: case["loss"] for name, case in cases.items()})


if __name__ == "__main__":
    main()
