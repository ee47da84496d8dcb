"""The encoder against PyTorch, and where they are installed sentence-transformers and ONNX Runtime, on the same
machine, with the same threads, in one run.

Embeds batches of 32 texts of 32, 64 and 128 tokens, and does optimiser steps (forward, backward, clipping,
AdamW; full fine-tuning, 16 histories of 64 tokens, 600 products), in 32 bits and in mixed precision where this machine
has it (PyTorch: autocast to bfloat16), and of LoRA on Shelfwise's side. Peak memory is of processes that do steps
alone. Rounds alternate between all of them, so
that a machine whose speed drifts favours none; the table gives medians over rounds and the median over rounds of
Shelfwise's speed over the peer's (above 1: Shelfwise is faster). Every peer gets token ids: nobody's tokenizer
is timed.

    pip install torch transformers safetensors tokenizers
    pip install sentence-transformers onnx onnxscript onnxruntime
    python benches/bert_vs_pytorch.py target/release/shelfwise --threads 2 --rounds 5

The model is the 16-bit one of assets/models, cast to 32 bits on both sides; no dropout differs in cost.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import measured

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts" / "golden"))

PRODUCTS = 600


def shelfwise(binary, what, batch, threads, repeat, more=()):
    command = [binary, "bench", what, "--json", "--device", "cpu", "--batch", str(batch), "--repeat", str(repeat), *more]
    told, peak, _ = measured.run(command, measured.with_threads(threads))
    return {(one["work"], round(one["tokens"])): one["median_secs"] for one in told["timings"]}, peak


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


def pytorch_step(model, torch, repeat, is_mixed=False):
    phi = torch.nn.Parameter(torch.randn(PRODUCTS, 384) * 0.05)
    parameters = [*model.parameters(), phi]
    optimiser = torch.optim.AdamW(parameters, lr=1e-5)
    ids = torch.randint(1000, 20000, (16, 64))
    targets = torch.randint(0, PRODUCTS, (16,))

    def step():
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=is_mixed):
            pooled = model(input_ids=ids).last_hidden_state.mean(1)
        pooled = pooled.float()
        loss = torch.nn.functional.cross_entropy(pooled @ phi.T, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()

    return median_secs(step, repeat)


def sentence_transformer(model, torch):
    """Embeds ids through sentence-transformers' own modules; None where it is not installed."""
    try:
        from sentence_transformers import SentenceTransformer, models
    except ImportError:
        return None
    from transformers import PreTrainedTokenizerFast

    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        tokenizer = ROOT / "assets" / "models" / "all-MiniLM-L6-v2" / "tokenizer.json"
        PreTrainedTokenizerFast(tokenizer_file=str(tokenizer)).save_pretrained(folder)
        transformer = models.Transformer(folder)
        pooling = models.Pooling(384)
        whole = SentenceTransformer(modules=[transformer, pooling, models.Normalize()], device="cpu")

    def embed(ids):
        with torch.inference_mode():
            whole({"input_ids": ids, "attention_mask": torch.ones_like(ids)})

    return embed


def onnx_runtime(model, torch, threads):
    """Embeds ids through ONNX Runtime; None where it is not installed."""
    try:
        import onnx  # noqa: F401 (the exporter needs it)
        import onnxruntime
    except ImportError:
        return None

    class Pooled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, ids):
            return self.model(input_ids=ids).last_hidden_state.mean(1)

    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model.onnx"
        ids = torch.randint(1000, 20000, (32, 32))
        shape = {"ids": {1: torch.export.Dim("tokens", min=2, max=512)}}
        torch.onnx.export(Pooled().eval(), (ids,), path, input_names=["ids"], dynamic_shapes=shape, dynamo=True)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    expected = model(input_ids=ids).last_hidden_state.mean(1).detach().numpy()
    assert abs(session.run(None, {"ids": ids.numpy()})[0] - expected).max() < 1e-4
    return lambda ids: session.run(None, {"ids": ids.numpy()})


def peaks(options):
    """Peak memory of a process of PyTorch that does full steps, and of one of Shelfwise."""
    full = ["--trainable", "full", "--precision", "full"]
    _, own = shelfwise(options.binary, "train-step", 16, options.threads, 5, full)
    command = [sys.executable, __file__, options.binary, "--threads", str(options.threads), "--repeat", "5", "--peer"]
    return measured.run(command, dict(os.environ))[1], own


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.peer:
        # Before PyTorch is loaded here: a process inherits the peak of the one that starts it.
        peak, own_peak = peaks(options)

    import torch
    import bert_embeddings

    torch.set_num_threads(options.threads)
    model = bert_embeddings.load_model()
    if options.peer:
        model.train()
        return print(json.dumps(pytorch_step(model, torch, options.repeat)))
    model.eval()
    others = {
        "sentence-transformers": sentence_transformer(model, torch),
        "ONNX Runtime": onnx_runtime(model, torch, options.threads),
    }
    ours, theirs = {}, {}
    for _ in range(options.rounds):
        measured, _ = shelfwise(options.binary, "embed", 32, options.threads, options.repeat)
        for part in ("full", "lora:8"):
            step = ("train-step", 16, options.threads, options.repeat, ["--trainable", part])
            measured.update(shelfwise(options.binary, *step)[0])
        for key, secs in measured.items():
            ours.setdefault(key, []).append(secs)
        model.eval()
        for tokens in (32, 64, 128):
            key = ("embed", tokens)
            secs = pytorch_embed(model, torch, tokens, options.repeat)
            theirs.setdefault((*key, "PyTorch"), []).append(secs)
            ids = torch.randint(1000, 20000, (32, tokens))
            for peer, embed in others.items():
                if embed is not None:
                    secs = median_secs(lambda: embed(ids), options.repeat)
                    theirs.setdefault((*key, peer), []).append(secs)
        model.train()
        secs = pytorch_step(model, torch, options.repeat)
        theirs.setdefault(("train-step full", 64, "PyTorch"), []).append(secs)
        theirs.setdefault(("train-step lora:8", 64, "PyTorch, full"), []).append(secs)
        if ("train-step full, mixed", 64) in ours:
            secs = pytorch_step(model, torch, options.repeat, is_mixed=True)
            theirs.setdefault(("train-step full, mixed", 64, "PyTorch, bfloat16"), []).append(secs)

    print(f"PyTorch {torch.__version__}, {options.threads} threads, {options.rounds} rounds of {options.repeat}")
    print(f"{'work':<24}{'tokens':>8}  {'peer':<24}{'Shelfwise ms':>14}{'peer ms':>12}{'speed ratio':>13}")
    for (work, tokens, peer), secs in theirs.items():
        own = ours[work, tokens]
        ratio = statistics.median(b / a for a, b in zip(own, secs))
        own, secs = statistics.median(own) * 1000, statistics.median(secs) * 1000
        print(f"{work:<24}{tokens:>8}  {peer:<24}{own:>14.1f}{secs:>12.1f}{ratio:>13.2f}")
    print(f"peak memory of a process of full steps: {own_peak / 1e6:.0f} MB, PyTorch {peak / 1e6:.0f} MB, "
          f"ratio {own_peak / peak:.2f}")


if __name__ == "__main__":
    main()
