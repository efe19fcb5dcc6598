"""One run of the simulator as a body."""

from argparse import Namespace

from dora_hil.episode import Advance
from gym_hil_node.config import parse_config
from gym_hil_node.session import body_config


def test_the_body_runs_as_config_and_options_say() -> None:
    """Each in its place; the watchdog among them."""
    config = parse_config(
        {
            "env": {
                "processor": {
                    "reset": {
                        "reset_time_s": 2.0,
                        "control_time_s": 3.0,
                        "terminate_on_success": False,
                    }
                }
            },
            "sim": {"number_of_steps_after_success": 5},
            "safety": {"watchdog_s": 0.4},
        }
    )
    body = body_config(config, Namespace(advance="auto", seed=4), tick_period_s=0.01)
    assert (body.rules.advance, body.rules.max_steps) == (Advance.AUTO, 30)
    assert (body.rules.terminate_on_success, body.rules.steps_after_success) == (False, 5)
    assert (body.reset_time_s, body.seed, body.watchdog_s) == (2.0, 4, 0.4)
    assert body.tick_period_s == 0.01
