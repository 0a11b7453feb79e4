"""Read manifests and the project file: YAML with positions, schema, rules, and the model's types.

A file passes these modules: :mod:`~trueup.manifest.discovery` finds it, :mod:`~trueup.manifest.yaml_file` reads its
documents, :mod:`~trueup.manifest.validate` checks each of them with :mod:`~trueup.manifest.schema` and
:mod:`~trueup.manifest.rules`, and :mod:`~trueup.manifest.load` turns them into manifests. Problems are collected as
diagnostics; only wrong usage raises.
"""
