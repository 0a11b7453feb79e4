"""The commands, one file each; each file has the function ``command``."""
