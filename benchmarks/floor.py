"""Measure the work that no validator of these files can avoid: ``python -m benchmarks.floor FOLDER``.

That is to read every file, to get the events of libyaml, and to check the data against its schema with jsonschema-rs.
Prints the CPU seconds of each part as JSON. The data for the schema check is built outside the measurement.
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import yaml
from yaml._yaml import CParser

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"


def files(folder: Path) -> list[str]:
    """Return the manifests below a folder."""
    return sorted(str(path) for path in folder.rglob("*.yaml") if path.name != "trueup.yaml")


def read(names: list[str]) -> list[bytes]:
    """Read all files."""
    texts = []
    for name in names:
        with open(name, "rb") as file:  # noqa: PTH123 - a path object would cost as much as reading
            texts.append(file.read())
    return texts


def take_events(texts: list[bytes]) -> None:
    """Get the events of libyaml for every file."""
    for text in texts:
        parser = CParser(text)
        while parser.get_event() is not None:
            pass


def timed(seconds: dict[str, float], name: str, work: Callable[[], object]) -> None:
    """Do the work and store its CPU seconds in ``seconds``."""
    begin = time.process_time()
    work()
    seconds[name] = time.process_time() - begin


def measure(folder: Path) -> dict[str, float]:
    """Return the seconds of each part."""
    gc.disable()
    seconds: dict[str, float] = {}
    texts: list[bytes] = []
    timed(seconds, "read", lambda: texts.extend(read(files(folder))))
    timed(seconds, "events", lambda: take_events(texts))
    documents = [document for text in texts for document in yaml.load_all(text, yaml.CSafeLoader)]
    valid = {
        kind: jsonschema_rs.Draft202012Validator(
            json.loads((SCHEMAS / f"{kind.lower()}.schema.json").read_text())
        ).is_valid
        for kind in ("Connector", "Certification")
    }
    timed(seconds, "schema", lambda: [valid[document["kind"]](document) for document in documents])
    return seconds


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]))))
