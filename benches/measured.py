"""A process that prints JSON, and what it took."""

import json
import os
import subprocess
import tempfile


def run(command, environment, folder=None):
    """Standard output as JSON, the process's peak resident memory in bytes, and its processor seconds.

    A process inherits the peak of the one that starts it, so call this before anything large is loaded.
    """
    command = [str(part) for part in command]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=out, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), errors.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}\n{errors.read().decode()[-2000:]}")
        return json.load(out), usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime


def with_threads(threads):
    """The environment in which Shelfwise uses so many threads."""
    return dict(os.environ, RAYON_NUM_THREADS=str(threads))
