"""Importing a shop's events against polars in Python, on the same files and threads, in one run.

Shelfwise imports a simulated shop's catalogue and events: parse, map, check, index, save as a project.
polars reads the same events, sorts them by user and time and writes them as Parquet, which is less work
(no id maps, no checks, no report, no catalogue) and the least that any import has to do. Rounds alternate; the
table gives medians of wall time, CPU time and peak memory, and each as Shelfwise's over polars' (below 1:
Shelfwise needs less).

    pip install polars
    python benches/import_vs_polars.py target/release/shelfwise --users 25000 --rounds 3
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

POLARS = """
import sys
import polars as pl
frame = pl.read_csv(sys.argv[1], try_parse_dates=True)
frame.sort(["user_id", "timestamp"]).write_parquet(sys.argv[2])
print(frame.height)
"""


def measure(command, environment):
    """Wall seconds, CPU seconds and peak bytes of one command."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, problem = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status != 0:
        sys.exit(f"{command[0]} failed: {problem}")
    return (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024), output


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--users", type=int, default=25_000, help="about 41 events a user")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    binary = str(Path(options.binary).resolve())
    environment = dict(os.environ, RAYON_NUM_THREADS=str(options.threads), POLARS_MAX_THREADS=str(options.threads))

    with tempfile.TemporaryDirectory() as folder:
        shop, project = Path(folder) / "shop", Path(folder) / "project"
        subprocess.run(
            [binary, "simulate", "--out", str(shop), "--users", str(options.users)], check=True, capture_output=True
        )
        events, catalogue = shop / "events.csv", shop / "catalog.csv"
        ours = [binary, "import", str(project), "--events", str(events), "--catalog", str(catalogue), "--json"]
        theirs = [sys.executable, "-c", POLARS, str(events), str(Path(folder) / "sorted.parquet")]
        results = {"Shelfwise": [], "polars": []}
        for _ in range(options.rounds):
            shutil.rmtree(project, ignore_errors=True)
            results["Shelfwise"].append(measure(ours, environment)[0])
            figures, rows = measure(theirs, environment)
            results["polars"].append(figures)
        megabytes = events.stat().st_size / 1e6

    import polars

    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items()}
    print(f"polars {polars.__version__}, {options.threads} threads, {options.rounds} rounds, {int(rows):,} events, {megabytes:.0f} MB")
    print(f"{'':<12}{'wall s':>10}{'CPU s':>10}{'peak MB':>10}")
    for name, (wall, cpu, peak) in medians.items():
        print(f"{name:<12}{wall:>10.2f}{cpu:>10.2f}{peak / 1e6:>10.0f}")
    ratios = [own / peer for own, peer in zip(medians["Shelfwise"], medians["polars"])]
    print(f"{'ratio':<12}{ratios[0]:>10.2f}{ratios[1]:>10.2f}{ratios[2]:>10.2f}")


if __name__ == "__main__":
    main()
