"""Know all that is particular to certifications of Origin."""
