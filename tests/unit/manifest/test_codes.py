import re
from pathlib import Path

import trueup.kinds
import trueup.manifest
from trueup.manifest.codes import CODES

SOURCES = [path for path in Path(trueup.manifest.__file__).parent.glob("*.py") if path.name != "codes.py"]
SOURCES += Path(trueup.kinds.__file__).parent.glob("*/advice.py")
_QUOTED = re.compile(r'"([a-z]+(?:-[a-z0-9]+)*)"')


def test_every_code_is_used_and_explained_in_one_line() -> None:
    used = {text for path in SOURCES for text in _QUOTED.findall(path.read_text())}
    assert CODES.keys() <= used
    assert all(meaning.endswith(".") and len(meaning) < 100 for meaning in CODES.values())


def test_every_code_that_is_used_is_listed() -> None:
    given = re.compile(r'(?:code=|_report\(|_stop\(|_unmatched\()\s*"([a-z-]+)"')
    used = {code for path in SOURCES for code in given.findall(path.read_text())}
    assert len(used) > 30
    assert used <= CODES.keys()
