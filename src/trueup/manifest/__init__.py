"""Read manifests and the project file: YAML with positions, schema check, rules, and what they turn into.

The way of a file: :mod:`~trueup.manifest.discovery` finds it, :mod:`~trueup.manifest.yaml_file` reads it,
:mod:`~trueup.manifest.schema` holds it against its schema, :mod:`~trueup.manifest.rules` against what a schema cannot
say, :mod:`~trueup.manifest.load` makes it a manifest. What is wrong on the way is collected as diagnostics.
"""
