"""Decide whether a plan may be applied on the strength of an approval that was given to an earlier one.

It may when it asks for nothing that was not shown. Less is fine: part of it was done in the meantime. Compared is what
the plan hash covers (where targets lead, identities, rules, ordered actions), so a moved file or a raised version is
no departure. What
the hash cannot know is what else a preview or a publish would carry out: that must be as it was, too.
"""

from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity
from trueup.model.plan import Plan, ResourcePlan
from trueup.plan.digest import SENT, action_key, live_digest, settled_action


def departures(fresh: Plan, approved: Plan) -> tuple[Identity, ...]:
    """Return the resources for which ``fresh`` would send what ``approved`` did not, in this order."""
    shown = {
        resource.identity: resource
        for resource in approved.resources
        if resource.verdict in SENT
        and approved.places.get(resource.identity.target) == fresh.places.get(resource.identity.target)
    }
    return tuple(
        resource.identity
        for resource in fresh.resources
        if resource.verdict in SENT and not _within(resource, shown.get(resource.identity))
    )


def _within(fresh: ResourcePlan, shown: ResourcePlan | None) -> bool:
    if shown is None or (shown.locale, shown.rules) != (fresh.locale, fresh.rules):
        return not fresh.actions
    left = iter(_keys(shown))
    return all(key in left for key in _keys(fresh)) and _carries_the_same(fresh, shown)


def _carries_the_same(fresh: ResourcePlan, shown: ResourcePlan) -> bool:
    rules = KINDS[fresh.identity.kind].lifecycle
    carrying = rules.carries([planned.action for planned in fresh.actions])
    return not carrying or live_digest(fresh.content) == live_digest(shown.content)


def _keys(resource: ResourcePlan) -> list[str]:
    return [action_key(settled_action(planned.action)) for planned in resource.actions]
