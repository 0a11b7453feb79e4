"""Decide whether the approval of an earlier plan also covers a new one.

It does if the new plan contains nothing that was not shown. It may contain less, because a part may have been done in
the meantime. The comparison covers the same as the plan hash (addresses of targets, identities, rules, ordered
actions), so a moved file or a higher version makes no difference. In addition, unmanaged fields must be unchanged if a
preview or a publish would include them.
"""

from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity
from trueup.model.plan import Plan, ResourcePlan
from trueup.plan.digest import SENT, action_key, live_digest, settled_action


def departures(fresh: Plan, approved: Plan) -> tuple[Identity, ...]:
    """Return the resources for which ``fresh`` sends something that ``approved`` does not, in the order of the plan."""
    shown = {
        resource.identity: resource
        for resource in approved.resources
        if resource.verdict in SENT
        # A target that leads elsewhere now is another target: nothing was shown for it.
        and approved.places.get(resource.identity.target) == fresh.places.get(resource.identity.target)
    }
    return tuple(
        resource.identity
        for resource in fresh.resources
        if resource.verdict in SENT and not _within(resource, shown.get(resource.identity))
    )


def _within(fresh: ResourcePlan, shown: ResourcePlan | None) -> bool:
    if shown is None or (shown.locale, shown.rules) != (fresh.locale, fresh.rules):
        # Under other rules, or in another language, equal actions can have another effect.
        return not fresh.actions
    # "in" consumes the iterator, so this tests for a subsequence: fewer actions are fine, another order is not.
    remaining = iter(_keys(shown))
    return all(key in remaining for key in _keys(fresh)) and _carries_the_same(fresh, shown)


def _carries_the_same(fresh: ResourcePlan, shown: ResourcePlan) -> bool:
    rules = KINDS[fresh.identity.kind].lifecycle
    # A preview or a publish includes unmanaged fields, which are in no action and therefore not in the plan hash.
    carrying = rules.carries([planned.action for planned in fresh.actions])
    return not carrying or live_digest(fresh.content) == live_digest(shown.content)


def _keys(resource: ResourcePlan) -> list[str]:
    return [action_key(settled_action(planned.action)) for planned in resource.actions]
