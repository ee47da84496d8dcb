"""What each way of fine-tuning costs and gives, on the same two tasks.

The recommender on the simulated sample shop, and intents of support requests from five texts each (the Bitext
sample, https://huggingface.co/datasets/bitext/Bitext-customer-support-llm-chatbot-training-dataset). Each method
is one run of the program with the same data, seed, batches and epochs; the encoder's learning rate is what is
usual for the method and was not tuned. Quality on the test part; seconds of training by the clock, which mean nothing
while other work runs, and seconds of processors of the whole process with its baselines and judging; its largest
memory, what was estimated for the training before its start, and the size of the model's file. Needs nothing but
Python.

    python benches/peft_table.py target/release/shelfwise --intents Bitext_Sample_….csv
"""

import argparse
import json
import os
import shutil
import struct
import tempfile
from pathlib import Path

import measured

ROOT = Path(__file__).resolve().parents[1]
# What learns, its learning rate on each task, and other settings.
METHODS = [
    ("full", 5e-5, 1e-4, []),
    ("full, recomputing", 5e-5, 1e-4, ["gradient_checkpointing=true"]),
    ("top_layers:2", 1e-4, 2e-4, []),
    ("lora:8", 1e-3, 1e-3, []),
    ("adalora:8", 3e-3, 3e-3, []),
    ("houlsby:32", 1e-3, 1e-3, []),
    ("pfeiffer:32", 1e-3, 1e-3, []),
    ("biases", 1e-3, 1e-3, []),
    ("prompt:20", 1e-2, 1e-2, []),
    ("head", 1e-4, 1e-4, []),
]


def run(command, threads):
    told, peak, secs = measured.run(command, measured.with_threads(threads))
    return told, (peak, secs)


def header(path):
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        return json.loads(json.loads(file.read(length))["__metadata__"]["shelfwise"])


def settings(name, rate, more):
    trainable = name.split(",")[0]
    pairs = [f"trainable={trainable}", f"encoder_learning_rate={rate}", *more]
    return [part for pair in pairs for part in ("--set", pair)]


def total(memory):
    return sum(memory.values())


def recommender(options, project, name, rate, more):
    command = [options.binary, "fit", str(project), "--model", "bert", "--json", "--device", "cpu", "--seed", "0"]
    command += ["--set", f"max_examples={options.examples}", *settings(name, rate, more)]
    told, peak = run(command, options.threads)
    file = next(iter((project / "runs" / told["run"]).rglob("bert.safetensors")))
    training = header(file)["result"]
    quality = told["test"]["metrics"]["ndcg@10"]
    return quality, training, peak, file.stat().st_size


def intents(options, folder, name, rate, more):
    out = folder / name.replace(":", "-").replace(", ", "-")
    command = [options.binary, "text-task", options.intents, "--text", "instruction", "--label", "intent", "--json"]
    command += ["--split", "hash:20/0/80", "--few-shot", "5", "--epochs", str(options.epochs), "--device", "cpu"]
    command += ["--set", "max_tokens=48", "--set", "head_learning_rate=5e-3", "--set", "batch_size=16"]
    command += ["--set", "layer_decay=1.0", *settings(name, rate, more), "--out", str(out)]
    told, peak = run(command, options.threads)
    report = told["report"]
    bert = next(model for model in report["models"] if model["model"] == "bert")
    return bert["metrics"]["accuracy"], report["training"][0], peak, (out / "model.safetensors").stat().st_size


def show(title, metric, rows):
    print(f"\n{title}\n")
    print(f"| what learns | weights | {metric} | training | processors | peak memory | estimated | file |")
    print("|---|---|---|---|---|---|---|---|")
    for name, (quality, training, (peak, secs), size) in rows:
        weights = training["weights"]["learning"]
        low, high = quality["low"], quality["high"]
        print(
            f"| {name} | {weights:,} | {quality['mean']:.3f} [{low:.3f}, {high:.3f}] | {training['fit_secs']:.0f} s "
            f"| {secs:.0f} s | {peak / 1e6:.0f} MB | {total(training['memory']) / 1e6:.0f} MB | {size / 1e6:.1f} MB |",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--intents", help="CSV of the Bitext sample; the task is left out without it")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--examples", type=int, default=1000, help="examples per epoch of the recommender")
    parser.add_argument("--epochs", type=int, default=15, help="epochs on intents")
    parser.add_argument("--only", nargs="*", help="names of methods")
    parser.add_argument("--task", choices=["both", "shop", "intents"], default="both")
    options = parser.parse_args()
    methods = [method for method in METHODS if not options.only or method[0] in options.only]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if options.task != "intents":
            project = folder / "shop"
            sample = ROOT / "sample_data" / "demo_shop"
            command = [options.binary, "import", str(project), "--json", "--events", str(sample / "events.csv")]
            run([*command, "--catalog", str(sample / "catalog.csv")], options.threads)
            rows = ((name, recommender(options, project, name, rate, more)) for name, rate, _, more in methods)
            show("Next product, simulated sample shop", "ndcg@10", rows)
            shutil.rmtree(project)
        if options.task != "shop" and options.intents:
            rows = ((name, intents(options, folder, name, rate, more)) for name, _, rate, more in methods)
            show("Intents from five texts each", "accuracy", rows)


if __name__ == "__main__":
    main()
