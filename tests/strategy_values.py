"""Values that several strategies draw."""

from typing import Any

from hypothesis import strategies as st

Drawn = st.SearchStrategy[Any]
"""A strategy for JSON of some shape: the types of nested objects would be Any throughout."""

LINE = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12)
REGIONS = ("europe-west1.gcp", "us-central1.gcp", "australia-southeast1.gcp", "us-east-2.aws", "eu-central-1.aws")
