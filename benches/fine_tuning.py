"""A whole fine-tuning against PyTorch and transformers: the same texts, parts, recipe and threads.

Intents of support requests (the Bitext sample, see peft_table.py): 40 % of the texts are learned from, 10 % judged after
each epoch. Both sides start from the model in assets/models and train every weight with AdamW, linear warm-up and
decay, clipping, batches of 32 padded to the longest; PyTorch's batches are sorted by length within a pool of eight, so that it
pads as little as Shelfwise. Shelfwise trains LoRA too. Rounds alternate.

Reported: seconds of training until the held-out accuracy first reaches what both sides reach in every round, and of the whole
training; the median over rounds of the peer's seconds over Shelfwise's (above 1: Shelfwise is faster); accuracy; the
peak memory of each process. Judging counts on both sides.

    pip install torch transformers safetensors tokenizers
    python benches/fine_tuning.py target/release/shelfwise Bitext_Sample_….csv --threads 2 --rounds 3
"""

import argparse
import csv
import hashlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import measured

ROOT = Path(__file__).resolve().parents[1]
MAX_TOKENS, BATCH, RATE, HEAD_RATE = 48, 32, 2e-4, 2e-3


def rows(path):
    """Text, label and part of each row; the part follows from a hash of the text."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            share = int(hashlib.sha256(row["instruction"].encode()).hexdigest(), 16) % 10
            part = "validation" if share == 0 else "train" if share < 5 else "test"
            yield row["instruction"], row["intent"], part


def shelfwise(options, file, more):
    command = [options.binary, "text-task", file, "--text", "instruction", "--label", "intent", "--json"]
    command += ["--split", "column:part", "--device", "cpu", "--seed", "0", "--epochs", str(options.epochs)]
    settings = [f"max_tokens={MAX_TOKENS}", f"batch_size={BATCH}", f"head_learning_rate={HEAD_RATE}", "layer_decay=1.0"]
    settings += ["weight_decay=0.01", "clip_norm=1.0", "warmup_share=0.1", "patience=null", *more]
    command += [part for setting in settings for part in ("--set", setting)]
    told, peak, _ = measured.run(command, measured.with_threads(options.threads))
    epochs = told["report"]["training"][0]["epochs"]
    return [(one["secs"], one["validation"]["accuracy"]) for one in epochs], peak


def pytorch(options, file):
    command = [sys.executable, __file__, options.binary, file, "--threads", options.threads]
    command += ["--epochs", options.epochs, "--peer"]
    told, peak, _ = measured.run(command, dict(os.environ))
    return [tuple(one) for one in told], peak


def batches(lengths, order):
    """Batches of neighbours in length, out of pools of eight batches, in random order."""
    pools = [order[at : at + 8 * BATCH] for at in range(0, len(order), 8 * BATCH)]
    found = []
    for pool in pools:
        pool = sorted(pool, key=lambda at: lengths[at])
        found += [pool[at : at + BATCH] for at in range(0, len(pool), BATCH)]
    random.shuffle(found)
    return found


def peer(options):
    """The training in PyTorch; prints seconds and accuracy of each epoch."""
    sys.path.insert(0, str(ROOT / "scripts" / "golden"))
    import bert_embeddings
    import torch
    from tokenizers import Tokenizer

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    random.seed(0)
    model = bert_embeddings.load_model()
    tokenizer = Tokenizer.from_file(str(bert_embeddings.MODEL / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    with open(options.texts, newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    labels = sorted({row["intent"] for row in table})
    ids = [torch.tensor(tokenizer.encode(row["instruction"]).ids) for row in table]
    targets = torch.tensor([labels.index(row["intent"]) for row in table])
    parts = {part: [at for at, row in enumerate(table) if row["part"] == part] for part in ("train", "validation")}
    head = torch.nn.Linear(384, len(labels))
    groups = [{"params": model.parameters(), "lr": RATE}, {"params": head.parameters(), "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    per_epoch = -(-len(parts["train"]) // BATCH)
    total, warm = per_epoch * options.epochs, max(1, int(per_epoch * options.epochs * 0.1))
    factor = lambda step: min((step + 1) / warm, max(0.0, (total - step) / max(1, total - warm)))  # noqa: E731
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
    lengths = [len(one) for one in ids]

    def logits(chosen):
        padded = torch.nn.utils.rnn.pad_sequence([ids[at] for at in chosen], batch_first=True)
        mask = (torch.arange(padded.shape[1])[None] < torch.tensor([lengths[at] for at in chosen])[:, None]).long()
        hidden = model(input_ids=padded, attention_mask=mask).last_hidden_state
        return head((hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))

    told = []
    for _ in range(options.epochs):
        started = time.perf_counter()
        model.train()
        order = list(parts["train"])
        random.shuffle(order)
        for chosen in batches(lengths, order):
            loss = torch.nn.functional.cross_entropy(logits(chosen), targets[chosen])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([*model.parameters(), *head.parameters()], 1.0)
            optimiser.step()
            schedule.step()
        model.eval()
        judged = sorted(parts["validation"], key=lambda at: lengths[at])
        with torch.inference_mode():
            right = sum(
                int((logits(judged[at : at + 64]).argmax(1) == targets[judged[at : at + 64]]).sum())
                for at in range(0, len(judged), 64)
            )
        told.append((time.perf_counter() - started, right / len(judged)))
    print(json.dumps(told))


def until(epochs, accuracy):
    """Seconds until an epoch is at least so good."""
    spent = 0.0
    for secs, found in epochs:
        spent += secs
        if found >= accuracy:
            return spent
    return float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("texts", help="CSV of the Bitext sample")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return peer(options)
    ways = {
        "Shelfwise": [f"encoder_learning_rate={RATE}"],
        "Shelfwise, mixed": [f"encoder_learning_rate={RATE}", "precision=mixed"],
        "Shelfwise, LoRA of rank 8": ["encoder_learning_rate=2e-3", "trainable=lora:8"],
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "parts.csv"
        with open(file, "w", newline="", encoding="utf-8") as target:
            writer = csv.writer(target)
            writer.writerow(["instruction", "intent", "part"])
            writer.writerows(rows(options.texts))
        found = {name: [] for name in ["PyTorch", *ways]}
        for _ in range(options.rounds):
            for name in found:
                run = shelfwise(options, file, ways[name]) if name in ways else pytorch(options, file)
                print(f"{name}: {run[0]}", file=sys.stderr, flush=True)
                found[name].append(run)
    both = [epochs for name in ("PyTorch", "Shelfwise") for epochs, _ in found[name]]
    reached = min(max(accuracy for _, accuracy in epochs) for epochs in both)
    print(f"{options.threads} threads, {options.rounds} rounds of {options.epochs} epochs; accuracy that both reach: {reached:.4f}")
    print(f"{'':<28}{'accuracy':>10}{'secs to it':>12}{'ratio':>8}{'secs':>9}{'ratio':>8}{'peak MB':>10}")
    peers = [(until(epochs, reached), sum(secs for secs, _ in epochs)) for epochs, _ in found["PyTorch"]]
    for name, runs in found.items():
        own = [(until(epochs, reached), sum(secs for secs, _ in epochs)) for epochs, _ in runs]
        ratio = [statistics.median(b[at] / a[at] for a, b in zip(own, peers)) for at in range(2)]
        secs = [statistics.median(one[at] for one in own) for at in range(2)]
        best = statistics.median(max(accuracy for _, accuracy in epochs) for epochs, _ in runs)
        peak = max(peak for _, peak in runs) / 1e6
        print(f"{name:<28}{best:>10.4f}{secs[0]:>12.1f}{ratio[0]:>8.2f}{secs[1]:>9.1f}{ratio[1]:>8.2f}{peak:>10.0f}")


if __name__ == "__main__":
    main()
