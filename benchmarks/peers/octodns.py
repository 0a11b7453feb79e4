"""As much work for octoDNS: one zone of N records, with YAML on both sides."""

from collections.abc import Callable
from pathlib import Path

_CONFIG = """\
providers:
  wanted:
    class: octodns.provider.yaml.YamlProvider
    directory: ./wanted
    default_ttl: 300
    enforce_order: false
  live:
    class: octodns.provider.yaml.YamlProvider
    directory: ./live
    default_ttl: 300
    enforce_order: false
zones:
  acme.example.:
    sources: [wanted]
    targets: [live]
"""


def write(folder: Path, count: int, *, changed: Callable[[int], bool]) -> Path:
    """Write a configuration and both sides of a zone; return the folder."""
    for side in ("wanted", "live"):
        (folder / side).mkdir(parents=True, exist_ok=True)
        records = (_record(number, new=side == "wanted" and changed(number)) for number in range(count))
        (folder / side / "acme.example.yaml").write_text("---\n" + "".join(records))
    (folder / "config.yaml").write_text(_CONFIG)
    return folder


def _record(number: int, *, new: bool) -> str:
    value = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
    return f"r{number:06}:\n  type: A\n  value: {'192.0.2.1' if new else value}\n"
