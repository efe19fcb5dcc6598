"""`lerobot-node eval` with a network that takes its time: each inference sleeps first."""

import sys
import time
from typing import Any

from lerobot.policies.act.modeling_act import ACTPolicy

from dora_hil.node.node import run_main
from lerobot_node.main import start

SECONDS = 0.3

_predict = ACTPolicy.predict_action_chunk


def slow(policy: ACTPolicy, batch: dict[str, Any]) -> Any:
    """Sleep, then predict."""
    time.sleep(SECONDS)
    return _predict(policy, batch)


ACTPolicy.predict_action_chunk = slow

if __name__ == "__main__":
    run_main("slow-policy", lambda: start(["eval", *sys.argv[1:]]))
