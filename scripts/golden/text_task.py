"""Reference losses and gradient norms of an encoder that is fine-tuned on labels.

Writes tests/golden/text/training.json: the loss and the gradient's norm of each of three AdamW steps of a tiny
BERT under a weighted cross-entropy, with layer-wise learning rates, plain and with FGM, and the head's weights
afterwards. Weights follow a formula of their name and place, so that no file holds them.

    pip install torch transformers
    python scripts/golden/text_task.py

Made with torch 2.15.0, transformers 5.23.0, Python 3.11.
"""

import json
import math
from pathlib import Path

import torch
from transformers import BertConfig, BertModel

OUT = Path(__file__).resolve().parents[2] / "tests/golden/text/training.json"
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
# Tokens, and where the second text of a pair begins.
TEXTS = [([1, 5, 9, 7, 2], None), ([1, 6, 2], None), ([1, 5, 2, 8, 4, 2], 3), ([1, 11, 12, 2], None)]
CLASSES = [0, 1, 2, 1]
WEIGHTS = [0.5, 1.5, 1.0]
STEPS, ENCODER_RATE, HEAD_RATE, LAYER_DECAY, DECAY, CLIP, RADIUS = 3, 1e-3, 1e-2, 0.5, 0.01, 1.0, 0.2


def fill(tensor, place, centre, scale):
    count = tensor.numel()
    values = [centre + scale * math.sin(0.37 * at + place) for at in range(count)]
    tensor.data.copy_(torch.tensor(values, dtype=torch.float64).reshape(tensor.shape).float())


def network():
    encoder = BertModel(BertConfig(**SHAPE), add_pooling_layer=False).eval()
    for place, (name, tensor) in enumerate(sorted(encoder.named_parameters())):
        fill(tensor, place, 1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.3)
    head = torch.nn.Linear(SHAPE["hidden_size"], 3)
    fill(head.weight, 100, 0.0, 0.1)
    fill(head.bias, 101, 0.0, 0.1)
    return encoder, head


def rate(name):
    layers = SHAPE["num_hidden_layers"]
    down = layers if name.startswith("embeddings.") else layers - 1 - int(name.split(".")[2])
    return ENCODER_RATE * LAYER_DECAY**down


def loss_of(encoder, head, pushes):
    total, words = 0.0, []
    for (ids, second), truth, push in zip(TEXTS, CLASSES, pushes):
        segments = torch.tensor([[int(second is not None and at >= second) for at in range(len(ids))]])
        word = encoder.embeddings.word_embeddings(torch.tensor([ids])) + push
        if word.requires_grad:
            word.retain_grad()
        words.append(word)
        pooled = encoder(inputs_embeds=word, token_type_ids=segments).last_hidden_state.mean(1)
        chances = torch.log_softmax(head(pooled), 1)
        total = total - WEIGHTS[truth] * chances[0, truth] / len(TEXTS)
    return total, words


def train(adversarial):
    encoder, head = network()
    groups = [
        {"params": [tensor], "lr": rate(name), "weight_decay": DECAY if tensor.dim() == 2 else 0.0}
        for name, tensor in encoder.named_parameters()
    ]
    groups += [{"params": [head.weight], "lr": HEAD_RATE, "weight_decay": DECAY}]
    groups += [{"params": [head.bias], "lr": HEAD_RATE, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8)
    everything = [*encoder.parameters(), *head.parameters()]
    steps = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss, words = loss_of(encoder, head, [0.0] * len(TEXTS))
        loss.backward()
        pushed = None
        if adversarial:
            pushes = [RADIUS * word.grad / word.grad.norm() for word in words]
            pushed, _ = loss_of(encoder, head, [push.detach() for push in pushes])
            pushed.backward()
        norm = torch.nn.utils.clip_grad_norm_(everything, CLIP)
        optimiser.step()
        steps.append({"loss": loss.item(), "norm": norm.item()})
        assert pushed is None or pushed.item() > loss.item()
    return {"steps": steps, "head": head.weight.detach().flatten().tolist()}


OUT.write_text(json.dumps({"plain": train(False), "fgm": train(True)}, indent=1) + "\n")
