"""The encoder against PyTorch on the same machine, with the same threads, in one run.

Embeds batches of 32 texts of 32 and 64 tokens, and does optimiser steps (forward, backward, clipping,
AdamW; full fine-tuning, 16 histories of 64 tokens, 600 products). Rounds alternate between the two, so
that a machine whose speed drifts does not favour either; the table gives medians over rounds and
Shelfwise's speed over PyTorch's (above 1: Shelfwise is faster).

    pip install torch transformers safetensors tokenizers
    python benches/bert_vs_pytorch.py target/release/shelfwise --threads 2 --rounds 5

The model is the 16-bit one of assets/models, cast to 32 bits on both sides; no dropout differs in cost.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts" / "golden"))

PRODUCTS = 600


def shelfwise(binary, what, batch, threads, repeat):
    environment = dict(os.environ, RAYON_NUM_THREADS=str(threads))
    command = [binary, "bench", what, "--json", "--device", "cpu", "--batch", str(batch), "--repeat", str(repeat)]
    output = subprocess.run(command, env=environment, check=True, capture_output=True).stdout
    return {(one["work"], round(one["tokens"])): one["median_secs"] for one in json.loads(output)["timings"]}


def median_secs(work, repeat):
    work()
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def pytorch_embed(model, torch, tokens, repeat):
    ids = torch.randint(1000, 20000, (32, tokens))
    with torch.inference_mode():
        return median_secs(lambda: model(input_ids=ids).last_hidden_state.mean(1), repeat)


def pytorch_step(model, torch, repeat):
    phi = torch.nn.Parameter(torch.randn(PRODUCTS, 384) * 0.05)
    parameters = [*model.parameters(), phi]
    optimiser = torch.optim.AdamW(parameters, lr=1e-5)
    ids = torch.randint(1000, 20000, (16, 64))
    targets = torch.randint(0, PRODUCTS, (16,))

    def step():
        optimiser.zero_grad()
        pooled = model(input_ids=ids).last_hidden_state.mean(1)
        loss = torch.nn.functional.cross_entropy(pooled @ phi.T, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()

    return median_secs(step, repeat)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()

    import torch
    import bert_embeddings

    torch.set_num_threads(options.threads)
    model = bert_embeddings.load_model()
    ours, theirs = {}, {}
    for _ in range(options.rounds):
        measured = shelfwise(options.binary, "embed", 32, options.threads, options.repeat)
        measured.update(shelfwise(options.binary, "train-step", 16, options.threads, options.repeat))
        for key, secs in measured.items():
            ours.setdefault(key, []).append(secs)
        model.eval()
        for tokens in (32, 64):
            theirs.setdefault(("embed", tokens), []).append(pytorch_embed(model, torch, tokens, options.repeat))
        model.train()
        theirs.setdefault(("train-step full", 64), []).append(pytorch_step(model, torch, options.repeat))

    print(f"PyTorch {torch.__version__}, {options.threads} threads, {options.rounds} rounds of {options.repeat}")
    print(f"{'work':<24}{'tokens':>8}{'Shelfwise ms':>14}{'PyTorch ms':>12}{'speed ratio':>13}")
    for key, secs in theirs.items():
        own, peer = statistics.median(ours[key]), statistics.median(secs)
        print(f"{key[0]:<24}{key[1]:>8}{own * 1000:>14.1f}{peer * 1000:>12.1f}{peer / own:>13.2f}")


if __name__ == "__main__":
    main()
