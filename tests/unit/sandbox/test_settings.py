import json
from dataclasses import fields

import pytest

from trueup.sandbox.settings import Settings, UnknownSwitch


def test_settings_survive_json() -> None:
    switches = {
        "granted_scopes": ["view_connectors"],
        "results": {"k": {"preview": "false"}},
        "repositories": {"x": "unreachable"},
        "update_status": 200,
        "preview_seconds": 3,
    }
    settings = Settings().changed(switches)
    assert Settings().changed(json.loads(json.dumps(settings.to_json()))) == settings
    assert switches.items() <= settings.to_json().items()


def test_every_switch_is_in_the_json() -> None:
    assert set(Settings().to_json()) == {entry.name for entry in fields(Settings)}


def test_what_is_not_named_stays_as_it_is() -> None:
    settings = Settings().changed({"update_status": 200}).changed({"extra_field": True})
    assert (settings.update_status, settings.extra_field) == (200, True)


@pytest.mark.parametrize(
    ("switches", "message"),
    [
        ({"update_statu": 200}, "There is no switch 'update_statu'. Did you mean 'update_status'?"),
        ({"zzz": 1}, "There is no switch 'zzz'."),
        ({"update_status": 202}, "The switch 'update_status' cannot be 202; allowed: 200, 201."),
        ({"update_status": "200"}, "allowed: 200, 201."),
        ({"empty_values": "none"}, "allowed: 'sample', 'omit', 'null', 'empty'."),
        ({"extra_field": 1}, "cannot be 1; allowed: bool."),
        ({"token_lifetime": 1.5}, "allowed: int."),
        ({"token_lifetime": True}, "allowed: int."),
        ({"pipeline_step": -1}, "cannot be -1"),
        ({"preview_seconds": "2"}, "allowed: float."),
        ({"preview_seconds": -1}, "cannot be -1"),
        ({"granted_scopes": "manage_project"}, "cannot be 'manage_project'"),
        ({"granted_scopes": [1]}, "cannot be [1]"),
        ({"error_statuses": {"General": "500"}}, "The switch 'error_statuses' cannot be"),
        ({"repositories": {"x": "gone"}}, "The switch 'repositories' cannot be"),
        ({"results": {"k": {"preview": "Failed"}}}, "The switch 'results' cannot be"),
        ({"results": {"k": {"previews": "true"}}}, "The switch 'results' cannot be"),
        ({"busy_code": None}, "cannot be None; allowed: str."),
    ],
)
def test_a_switch_that_does_not_exist_is_refused(switches: dict[str, object], message: str) -> None:
    with pytest.raises(UnknownSwitch) as refused:
        Settings().changed(switches)
    assert message in str(refused.value)
