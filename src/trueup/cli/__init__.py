"""Commands, options, exit statuses: the only package that knows click. One file a command."""
