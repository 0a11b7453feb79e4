"""List the kinds."""

from collections.abc import Mapping
from typing import Final

from trueup.kinds.certification.kind import CERTIFICATION
from trueup.kinds.connector.kind import CONNECTOR
from trueup.kinds.spec import KindSpec
from trueup.model.identity import Kind

KINDS: Final[Mapping[Kind, KindSpec]] = {Kind.CONNECTOR: CONNECTOR, Kind.CERTIFICATION: CERTIFICATION}
