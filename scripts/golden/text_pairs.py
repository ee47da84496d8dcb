"""Reference losses and gradient norms of an encoder that is fine-tuned on pairs of texts.

Writes tests/golden/text/pairs.json: the loss and the gradient's norm of each of three AdamW steps of a tiny BERT
under sentence-transformers' MultipleNegativesRankingLoss, one way and both ways, and a bias afterwards; then the same
where two pairs share their right text, which is no negative of either (its similarity is minus infinity). Weights
follow a formula of their name and place, so that no file holds them.

    pip install torch transformers sentence-transformers
    python scripts/golden/text_pairs.py

Made with torch 2.15.0, transformers 5.23.0, sentence-transformers 6.2.0, Python 3.11.
"""

import json
import math
from pathlib import Path

import torch
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.util import cos_sim
from transformers import BertConfig, BertModel

OUT = Path(__file__).resolve().parents[2] / "tests/golden/text/pairs.json"
SHAPE = {
    "vocab_size": 30,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 12,
    "type_vocab_size": 2,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
LEFT = [[1, 5, 9, 2], [1, 6, 2], [1, 11, 12, 7, 2], [1, 13, 2]]
RIGHT = [[1, 8, 4, 15, 2], [1, 14, 2], [1, 16, 17, 2]]
STEPS, RATE, LAYER_DECAY, DECAY, CLIP, SCALE = 3, 1e-3, 0.5, 0.01, 1.0, 20.0
SHOWN = "encoder.layer.1.output.dense.bias"


def fill(tensor, place, centre, scale):
    values = [centre + scale * math.sin(0.37 * at + place) for at in range(tensor.numel())]
    tensor.data.copy_(torch.tensor(values, dtype=torch.float64).reshape(tensor.shape).float())


def network():
    encoder = BertModel(BertConfig(**SHAPE), add_pooling_layer=False).eval()
    for place, (name, tensor) in enumerate(sorted(encoder.named_parameters())):
        fill(tensor, place, 1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.3)
    return encoder


def rate(name):
    layers = SHAPE["num_hidden_layers"]
    down = layers if name.startswith("embeddings.") else layers - 1 - int(name.split(".")[2])
    return RATE * LAYER_DECAY**down


def embedded(encoder, texts):
    return torch.cat([encoder(torch.tensor([ids])).last_hidden_state.mean(1) for ids in texts])


def train(pairs, symmetric):
    encoder = network()
    groups = [
        {"params": [tensor], "lr": rate(name), "weight_decay": DECAY if tensor.dim() == 2 else 0.0}
        for name, tensor in encoder.named_parameters()
    ]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8)
    same = torch.tensor([[i != j and a[1] == b[1] for j, b in enumerate(pairs)] for i, a in enumerate(pairs)])
    both = ("query_to_doc", "doc_to_query") if symmetric else ("query_to_doc",)
    ranking = MultipleNegativesRankingLoss(
        None,
        scale=SCALE,
        similarity_fct=lambda a, b: cos_sim(a, b).masked_fill(same, -torch.inf),
        directions=both,
        partition_mode="per_direction",
    )
    steps = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        left = embedded(encoder, [LEFT[left] for left, _ in pairs])
        right = embedded(encoder, [RIGHT[right] for _, right in pairs])
        loss = ranking.compute_loss_from_embeddings([left, right], None)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(encoder.parameters(), CLIP)
        optimiser.step()
        steps.append({"loss": loss.item(), "norm": norm.item()})
    learned = dict(encoder.named_parameters())[SHOWN].detach().flatten().tolist()
    return {"steps": steps, "learned": learned}


PLAIN = [(0, 0), (1, 1), (2, 2)]
SHARED = [*PLAIN, (3, 0)]
RUNS = {
    f"{name}_{'both' if symmetric else 'one'}": train(pairs, symmetric)
    for name, pairs in (("plain", PLAIN), ("shared", SHARED))
    for symmetric in (False, True)
}
OUT.write_text(json.dumps(RUNS, indent=1) + "\n")
