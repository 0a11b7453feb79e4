"""The commands, one file each; each file holds the function ``command``."""
