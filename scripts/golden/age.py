"""A file of the age format, by the Rust implementation of age, for src/vault.

    python -m venv venv && venv/bin/pip install pyrage==1.4.0
    venv/bin/python scripts/golden/age.py

writes tests/golden/age/passphrase.age: 66,000 bytes (two chunks), each its place modulo 251. Every run
writes other bytes, since keys are random; the content stays the same. The work factor is fitted to what
the machine can do in a second: 2^17 or less keeps the test short.

    venv/bin/python scripts/golden/age.py FILE PASSPHRASE

prints what a file of ours holds: the `key.age` of a locked project under its passphrase, or a file of its
`vault` under the key that `key.age` holds.
"""

import pathlib
import sys

import pyrage

OUT = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "age" / "passphrase.age"
PASSPHRASE = "a passphrase, ähnlich wie 口令"


def main() -> None:
    if len(sys.argv) == 3:
        content = pyrage.passphrase.decrypt(pathlib.Path(sys.argv[1]).read_bytes(), sys.argv[2])
        sys.stdout.buffer.write(content)
        return
    content = bytes(at % 251 for at in range(66_000))
    file = pyrage.passphrase.encrypt(content, PASSPHRASE)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_bytes(file)
    assert pyrage.passphrase.decrypt(file, PASSPHRASE) == content
    print(file.split(b"\n")[1].decode())


main()
