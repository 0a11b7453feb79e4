"""The report of manifests that were written for live resources."""

from dataclasses import replace

from trueup.edit.describe import Described, Description, Imported, Imports, NotImported
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.position import Position
from trueup.report.markdown import render_markdown
from trueup.report.text import render_text
from trueup.report.writeback import imported_to_json, imported_tree

EPD = Identity("origin", Kind.CERTIFICATION, IdField.EXTERNAL_ID, "EPD-1")
DESCRIPTION = Description(
    text="kind: Certification\nspec:\n  url: x\n",
    omitted=(("brands", "there are several"),),
    not_returned=("contacts", "voc.content.testMethods"),
)
IMPORTS = Imports(
    imported=(Imported(identity=EPD, file="certifications/EPD-1.yaml", description=DESCRIPTION),),
    not_imported=(NotImported(kind="Resource", name="none", target="", reason="there is none"),),
    described=(Described(identity=EPD, position=Position("old.yaml", 3, 1)),),
    written=True,
)
NOTHING = Imports(imported=(), not_imported=(), described=(), written=True)


def text(imports: Imports, *, verbose: bool = False) -> str:
    return render_text(imported_tree(imports), width=80, color=False, verbose=verbose)


def test_written_and_left_resources_are_listed_with_reasons() -> None:
    assert text(IMPORTS) == (
        "Written\n"
        "  + Certification EPD-1                              certifications/EPD-1.yaml:1\n"
        "      left out: spec.brands: there are several.\n"
        "\n"
        "Left to you\n"
        "  ! Resource none\n"
        "      not written: there is none.\n"
        "\n"
        "Wrote 1 manifest; 1 left to you; 1 already has one.\n"
        "Fields that the platform did not return are in no manifest and not managed.\n"
        "--verbose and --format json list them.\n"
        "Review the files, then run trueup plan: it finds no changes for them.\n"
    )


def test_verbose_shows_the_manifest_and_the_fields_not_returned() -> None:
    shown = text(IMPORTS, verbose=True)
    assert "      + kind: Certification\n      + spec:\n      +   url: x\n" in shown
    assert "not returned by the platform: spec.contacts, spec.voc.content.testMethods" in shown
    assert "old.yaml:3" in shown
    assert "+ kind: Certification\n+ spec:\n+   url: x\n" in render_markdown(imported_tree(IMPORTS))


def test_nothing_to_import_has_its_own_total() -> None:
    assert text(NOTHING) == "Nothing to import.\n"


def test_a_target_that_cannot_be_read_is_one_for_the_doctor() -> None:
    lost = NotImported(kind="Connector", name="", target="eu", reason="eu is down", failed=True)
    assert "Find out why: trueup doctor --target eu\n" in text(replace(NOTHING, not_imported=(lost,)))
    for other in (replace(lost, failed=False), replace(lost, name="acme-tax")):
        assert "doctor" not in text(replace(NOTHING, not_imported=(other,)))


def test_json_is_complete() -> None:
    document = imported_to_json(IMPORTS)
    assert document["imported"] == [
        {
            "identity": {"target": "origin", "kind": "Certification", "field": "externalId", "value": "EPD-1"},
            "file": "certifications/EPD-1.yaml",
            "manifest": DESCRIPTION.text,
            "left": [{"path": "brands", "reason": "there are several"}],
            "notReturned": ["contacts", "voc.content.testMethods"],
            "proposed": [],
            "follows": [],
        }
    ]
    assert document["left"] == [{"kind": "Resource", "name": "none", "target": "", "reason": "there is none"}]
