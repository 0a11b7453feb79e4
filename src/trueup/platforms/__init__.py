"""The only way to the live platforms: HTTP with credentials, retries and pace; readers apart from writers."""
