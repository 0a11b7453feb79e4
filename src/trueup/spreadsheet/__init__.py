"""Spreadsheets: their cells, and manifests as rows."""
