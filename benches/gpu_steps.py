"""What a training step costs on a GPU besides arithmetic: launches of kernels, and memory that is kept.

Launches are counted in the log that the GPU runtime writes, as the difference between two runs, so that
loading and warming up do not count. Memory is what the runtime's allocator holds after each step. Both are the
same on every device of one interface, so a software adapter (lavapipe) will do; its times say nothing.

    python benches/gpu_steps.py target/release/shelfwise [--steps 500] [--device software-gpu]
"""

import argparse
import os
import pathlib
import tempfile

import measured

ROOT = pathlib.Path(__file__).resolve().parent.parent
MIXED = ["--precision", "mixed"]
WAYS = [
    ("full", []),
    ("full", ["--recompute"]),
    ("full", MIXED),
    ("top_layers:1", []),
    ("lora:8", []),
    ("biases", []),
]
LOG = '[profiling]\nlogger = {{ level = "minimal", file = "{}", append = true }}\n'


def bench(binary, folder, *arguments):
    """One measurement of `shelfwise bench train-step`, run in a folder whose cubecl.toml it reads."""
    exact = [] if "--precision" in arguments else ["--precision", "full"]
    command = [binary, "bench", "train-step", *exact, "--json", *arguments]
    return measured.run(command, os.environ, folder)[0]["timings"][0]


def launches(binary, folder, *arguments):
    """Kernels that one step launches."""
    log = folder / "launches.txt"
    (folder / "cubecl.toml").write_text(LOG.format(log))
    counts = []
    for repeat in (1, 2):
        log.unlink(missing_ok=True)
        bench(binary, folder, *arguments, "--repeat", repeat)
        counts.append(sum(line.count("Executing ") for line in log.open(errors="replace")))
    return counts[1] - counts[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--device", default="software-gpu")
    parser.add_argument("--builtin", action="store_true", help="count launches of the built-in encoder too (slow)")
    options = parser.parse_args()
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        small = folder / "small"
        shape = ["--layers", 2, "--hidden", 64, "--heads", 4, "--vocab-size", 1000]
        project = ROOT / "sample_data" / "demo_shop"
        measured.run([options.binary, "new-model", small, "--project", project, *shape, "--json"], os.environ)
        load = ["--device", options.device, "--batch", 4, "--tokens", 16]
        for base, encoder in [("2 layers, width 64", ["--base", small])] + [("built-in", [])] * options.builtin:
            for trainable, extra in WAYS:
                count = launches(options.binary, folder, *load, *encoder, "--trainable", trainable, *extra)
                print(f"{base}: {trainable} {' '.join(extra)}: {count} launches a step", flush=True)
        (folder / "cubecl.toml").unlink()
        for trainable, extra in WAYS[:3]:
            steps = ["--base", small, "--trainable", trainable, *extra, "--repeat", options.steps]
            for held in bench(options.binary, folder, *load, *steps)["device_memory"]:
                used, reserved = held["in_use_bytes"] / 1e6, held["reserved_bytes"] / 1e6
                what = f"{trainable} {' '.join(extra)}".strip()
                print(f"{what}: after step {held['repeats']}: {used:.2f} MB of tensors, {reserved:.2f} MB reserved")


if __name__ == "__main__":
    main()
