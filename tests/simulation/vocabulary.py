"""The small alphabets that values are drawn from.

Small on purpose: two values drawn apart are then often equal, or equal in meaning and different in spelling.
"""

from decimal import Decimal
from typing import Final

NAMES: Final = ("Acme Tax", "Acme Tax 2", "Acmé", "acme tax")
SENTENCES: Final = ("Calculates tax.", "Calculates  tax.", "Sends mail.", "x" * 40)
EMAILS: Final = ("dev@acme.example", "ops@acme.example")
URLS: Final = ("https://acme.example/a", "https://acme.example/b", "https://acme.example/a/")
WEBSITES: Final = ("www.acme.example", "https://www.acme.example/", "acme.example")
REPOSITORIES: Final = ("git@github.com:acme/tax.git", "https://github.com/acme/tax.git")
TAGS: Final = ("v1.0.0", "v1.1.0", "2.10")
TYPES: Final = ("tax", "oms", "psp", "pim", "other")
REGIONS: Final = ("europe-west1.gcp", "us-central1.gcp", "us-east-2.aws")
PROJECTS: Final = ("europe-west1.gcp:shop-1", "europe-west1.gcp:shop-2", "us-central1.gcp:outlet")
STANDARDS: Final = ("EPD", "ISO 9001", "CARB SCM (2007)")
BODIES: Final = ("Veritas", "Green Mark")
PRODUCTS: Final = ("Primers", "Graphic arts (sign) coatings")
COMPANIES: Final = ("ACME Inc.", "Acme Ltd", "acme inc.")
DATES: Final = ("2024-02-01", "2024-02-01T09:30:00", "2024-02-02", "2030-01-01T00:00:00Z")
DECIMALS: Final = ("1.5", "1.50", "250", "0", "12.75")
COMPOUNDS: Final = ("109-99-9", "67-64-1")
CONTACT_TYPES: Final = ("MANUFACTURER", "AUDITOR", "VENDOR")
NUMBERS: Final[tuple[str | int | Decimal, ...]] = ("1.5", Decimal("1.50"), 250, "0", Decimal("12.75"))
"""Numbers as a manifest may spell them: text, whole, with a point."""
TRUTHS: Final[tuple[str | bool, ...]] = (True, False, "true", "FALSE")
