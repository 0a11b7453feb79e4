"""Declare the options that name another commit."""

import click

base_option = click.option(
    "--base",
    metavar="REV",
    help="Compare with the manifests of this commit too, and say of each difference whose change it is.",
)

changed_option = click.option(
    "--changed-since",
    metavar="REV",
    help="Only what is not as in this commit; nothing else is even read.",
)
