"""Commands, options and exit statuses: the only package that imports click. One file per command."""
