"""What people expect to wait, month by month."""

from __future__ import annotations

from sim.core.rules import rule
from sim.county import care
from sim.engine.world import World
from sim.tables import INPATIENT


@rule
def update_expected(world: World) -> None:
    """Set the expected waits: the mean wait of those who were served last month."""
    queues = world.queues
    for provider in range(len(queues.head)):
        tier = world.providers.tier[provider]
        for category in range(3):
            which = 1 if category == INPATIENT else 0
            count = queues.wait_count[provider, which]
            minutes = queues.wait_sum[provider, which] / count if count else 0.0
            queues.wait_weight[provider, category] = care.wait_weight(world.rules.care, category, tier, minutes)
        queues.wait_sum[provider, :] = 0
        queues.wait_count[provider, :] = 0
