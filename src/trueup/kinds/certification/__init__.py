"""Everything that is specific to certifications of Origin."""
