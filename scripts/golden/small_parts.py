"""Reference steps of small parts that learn in place of a BERT's own weights.

Writes tests/golden/text/small_parts.json: for adapters after Houlsby and after Pfeiffer, LoRA, AdaLoRA and a
prompt, the loss and the gradient's norm of each of four AdamW steps of a tiny transformers BERT under a weighted
cross-entropy, and what learned afterwards. The small parts are written here after the papers: bottlenecks as
hooks behind the dense layers, changes of low rank added to the weights of the linear layers, the prompt in front
of inputs_embeds, AdaLoRA's regulariser through autograd. Weights follow a formula of their name and place, so that
no file holds them.

    pip install torch transformers
    python scripts/golden/small_parts.py

Made with torch 2.15.0, transformers 5.23.0, Python 3.11.
"""

import json
import math
from pathlib import Path

import torch
from torch.nn import Parameter
from transformers import BertConfig, BertModel

OUT = Path(__file__).resolve().parents[2] / "tests/golden/text/small_parts.json"
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
TEXTS = [([1, 5, 9, 7, 2], None), ([1, 6, 2], None), ([1, 5, 2, 8, 4, 2], 3), ([1, 11, 12, 2], None)]
CLASSES = [0, 1, 2, 1]
WEIGHTS = [0.5, 1.5, 1.0]
ENCODER_RATE, HEAD_RATE, LAYER_DECAY, DECAY, CLIP = 1e-2, 1e-2, 0.5, 0.01, 1.0
WIDTH, RANK, PROMPT = 3, 2, 2
SCALE = 2.0
# AdaLoRA: the share of the training before each step, and its settings.
DONE = [0.0, 0.4, 0.8, 0.9]
REGULARISER, SMOOTHING, LAST = 0.1, 0.85, 0.3


def fill(tensor, place, centre, scale):
    values = [centre + scale * math.sin(0.37 * at + place) for at in range(tensor.numel())]
    tensor.data.copy_(torch.tensor(values, dtype=torch.float64).reshape(tensor.shape).float())


def network():
    encoder = BertModel(BertConfig(**SHAPE), add_pooling_layer=False).eval()
    for place, (name, tensor) in enumerate(sorted(encoder.named_parameters())):
        fill(tensor, place, 1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.3)
        tensor.requires_grad_(False)
    head = torch.nn.Linear(SHAPE["hidden_size"], 3)
    fill(head.weight, 100, 0.0, 0.1)
    fill(head.bias, 101, 0.0, 0.1)
    return encoder, head


def matrices(layer):
    return {
        "query": layer.attention.self.query,
        "key": layer.attention.self.key,
        "value": layer.attention.self.value,
        "attention_output": layer.attention.output.dense,
        "intermediate": layer.intermediate.dense,
        "output": layer.output.dense,
    }


def adapters(encoder, sites, norms):
    parts = {}
    for index, layer in enumerate(encoder.encoder.layer):
        for site in sites:
            hidden = SHAPE["hidden_size"]
            down, up = torch.nn.Linear(hidden, WIDTH), torch.nn.Linear(WIDTH, hidden)
            behind = matrices(layer)["attention_output" if site == "attention_adapter" else "output"]
            behind.register_forward_hook(
                lambda _, __, x, down=down, up=up: x + up(torch.nn.functional.gelu(down(x)))
            )
            for name, dense in [("down", down), ("up", up)]:
                parts[f"encoder.layers.{index}.{site}.{name}.weight"] = dense.weight
                parts[f"encoder.layers.{index}.{site}.{name}.bias"] = dense.bias
        if norms:
            for name, norm in [("attention_norm", layer.attention.output.LayerNorm), ("output_norm", layer.output.LayerNorm)]:
                parts[f"encoder.layers.{index}.{name}.gamma"] = norm.weight
                parts[f"encoder.layers.{index}.{name}.beta"] = norm.bias
    return parts


def low_rank(encoder, names, rank, is_ranked):
    parts = {}
    for index, layer in enumerate(encoder.encoder.layer):
        for name, dense in matrices(layer).items():
            if name not in names:
                continue
            outputs, inputs = dense.weight.shape
            down, up = Parameter(torch.empty(rank, inputs)), Parameter(torch.empty(outputs, rank))
            ranks = Parameter(torch.empty(rank)) if is_ranked else None

            def changed(_, inputs, x, down=down, up=up, ranks=ranks):
                weighted = up if ranks is None else up * ranks
                return x + SCALE * inputs[0] @ (weighted @ down).T

            dense.register_forward_hook(changed)
            stem = f"encoder.layers.{index}.{name}.low_rank"
            parts |= {f"{stem}.down": down, f"{stem}.up": up}
            if is_ranked:
                parts[f"{stem}.ranks"] = ranks
    return parts


def loss_of(encoder, head, prompt):
    total, before = 0.0, 0 if prompt is None else len(prompt)
    for (ids, second), truth in zip(TEXTS, CLASSES):
        segments = [int(second is not None and at >= second) for at in range(len(ids))]
        words = encoder.embeddings.word_embeddings(torch.tensor([ids]))
        if prompt is not None:
            words = torch.cat([prompt[None], words], 1)
        segments = torch.tensor([[0] * before + segments])
        hidden = encoder(inputs_embeds=words, token_type_ids=segments).last_hidden_state
        chances = torch.log_softmax(head(hidden[:, before:].mean(1)), 1)
        total = total - WEIGHTS[truth] * chances[0, truth] / len(TEXTS)
    return total


def regulariser(parts):
    stems = [path.removesuffix(".ranks") for path in parts if path.endswith(".ranks")]
    eye = lambda square: square - torch.eye(len(square))
    total = sum(
        eye(parts[f"{stem}.up"].T @ parts[f"{stem}.up"]).square().sum()
        + eye(parts[f"{stem}.down"] @ parts[f"{stem}.down"].T).square().sum()
        for stem in stems
    )
    return REGULARISER * total / len(stems)


def cut(parts, noted, target):
    worth = []
    for path in sorted(parts):
        if not path.endswith(".ranks"):
            continue
        stem = path.removesuffix(".ranks")
        matter = lambda end: noted[f"{stem}.{end}"][0] * noted[f"{stem}.{end}"][1]
        own = matter("ranks") + matter("up").mean(0) + matter("down").mean(1)
        worth += [(-value.item(), path, rank) for rank, value in enumerate(own)]
    changes = len({path for _, path, _ in worth})
    for _, path, rank in sorted(worth)[target * changes :]:
        parts[path].data[rank] = 0.0


def train(name):
    encoder, head = network()
    prompt = None
    if name == "houlsby":
        parts = adapters(encoder, ["attention_adapter", "output_adapter"], True)
    elif name == "pfeiffer":
        parts = adapters(encoder, ["output_adapter"], False)
    elif name == "lora":
        parts = low_rank(encoder, ["query", "value"], RANK, False)
    elif name == "adalora":
        parts = low_rank(encoder, list(matrices(encoder.encoder.layer[0])), -(-RANK * 3 // 2), True)
    else:
        prompt = Parameter(torch.empty(PROMPT, SHAPE["hidden_size"]))
        parts = {"encoder.embeddings.prompt.vectors": prompt}
    for place, path in enumerate(sorted(parts)):
        fill(parts[path], 200 + place, 1.0 if path.endswith(".gamma") else 0.0, 0.3)
        parts[path].requires_grad_(True)

    def rate(path):
        layers = SHAPE["num_hidden_layers"]
        down = layers if path.startswith("encoder.embeddings.") else layers - 1 - int(path.split(".")[2])
        return ENCODER_RATE * LAYER_DECAY**down

    groups = [
        {"params": [tensor], "lr": rate(path), "weight_decay": DECAY if tensor.dim() == 2 else 0.0}
        for path, tensor in parts.items()
    ]
    groups += [{"params": [head.weight], "lr": HEAD_RATE, "weight_decay": DECAY}]
    groups += [{"params": [head.bias], "lr": HEAD_RATE, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8)
    everything = [*parts.values(), *head.parameters()]
    steps, noted = [], {path: [torch.zeros_like(tensor)] * 2 for path, tensor in parts.items()}
    for done in DONE:
        optimiser.zero_grad()
        loss = loss_of(encoder, head, prompt)
        loss.backward()
        if name == "adalora":
            regulariser(parts).backward()
            for path, tensor in parts.items():
                if done < 1.0 - LAST:
                    now = (tensor * tensor.grad).abs().detach()
                    mean = SMOOTHING * noted[path][0] + (1 - SMOOTHING) * now
                    off = SMOOTHING * noted[path][1] + (1 - SMOOTHING) * (now - mean).abs()
                    noted[path] = [mean, off]
        norm = torch.nn.utils.clip_grad_norm_(everything, CLIP)
        optimiser.step()
        if name == "adalora" and done >= 1.0 - LAST:
            cut(parts, noted, RANK)
        steps.append({"loss": loss.item(), "norm": norm.item()})
    assert steps[-1]["loss"] < steps[0]["loss"]
    learned = {path: tensor.detach().flatten().tolist() for path, tensor in sorted(parts.items())}
    # A few whole tensors tell as much as all of them.
    kept = [path for path in learned if ".layers.0." in path or "prompt" in path][:6]
    kept += [path for path in learned if path.endswith(".ranks")]
    return {"steps": steps, "learned": {path: learned[path] for path in kept}}


names = ["houlsby", "pfeiffer", "lora", "adalora", "prompt"]
OUT.write_text(json.dumps({name: train(name) for name in names}, indent=1) + "\n")
