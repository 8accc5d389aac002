"""Actions are named room:resource:action."""

from __future__ import annotations

import pytest

from audit.actions import Action


def test_action_is_its_name() -> None:
    assert str(Action("members:member:suspend")) == "members:member:suspend"


@pytest.mark.parametrize("name", ["", "suspend", "members:suspend", "a:b:c:d", "A:b:c", "a:b: c"])
def test_other_forms_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="room:resource:action"):
        Action(name)
