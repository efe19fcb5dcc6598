"""Every policy that LeRobot trains keeps what it was trained on.

LeRobot imports this before it trains, because of its distribution's name.
"""

from lerobot_policy_origin.saving import keep_origins

keep_origins()
