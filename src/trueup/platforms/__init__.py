"""All access to the live platforms: HTTP with credentials, retries and throttling; readers are apart from writers."""
