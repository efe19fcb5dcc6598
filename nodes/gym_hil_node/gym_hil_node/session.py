"""One run of the simulator as a body: what is built, watched and closed around the loop."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing

from dora_hil.body.arguments import body_config, tick_period_s
from dora_hil.body.loop import BodyLoop, build_body
from dora_hil.display.video import VideoWriter
from dora_hil.node.dora_hub import DoraHubOutputs
from dora_hil.node.node import attach
from dora_hil.owner.run_owner import SelfOwner
from dora_hil.stream.timestep import TimeStep
from gym_hil_node.config_file import load_config
from gym_hil_node.simulator import Simulator
from gym_hil_node.viewer import needs_mjpython, open_viewer, run_under_mjpython, wants_viewer

log = logging.getLogger("gym-hil-node")


def run(args: argparse.Namespace, argv: Sequence[str]) -> int:
    """Run the simulator until the run is over; returns the exit code.

    `argv` is what was parsed, for a second start under mjpython.
    """
    config = load_config(args.config_path, args.words)
    here = sys.platform, os.environ
    if wants_viewer(args.viewer, *here) and needs_mjpython(*here):
        run_under_mjpython(argv)
    # Whatever is open is closed in reverse: the window's thread reads the model until it ends.
    with ExitStack() as opened:
        # Everything that can fail for a reason of the user's is built before the start barrier.
        simulator = opened.enter_context(closing(Simulator(config)))
        video = None
        if args.video:
            video = opened.enter_context(closing(VideoWriter(args.video, fps=config.env.fps)))
        viewer = open_viewer(simulator.model, simulator.data, args.viewer)
        if viewer is not None:
            opened.enter_context(closing(viewer))
        port = attach()
        period_s = tick_period_s(port, config, args, lockstep=args.lockstep, is_simulated=True)
        settings = body_config(
            config,
            args,
            max_steps=config.max_steps,
            tick_period_s=period_s,
            steps_after_success=config.sim.number_of_steps_after_success,
        )
        time_limit_s = args.lockstep_time_limit_s
        body = build_body(
            port, simulator, settings, lockstep=args.lockstep, lockstep_time_limit_s=time_limit_s
        )
        owner = SelfOwner(seed=args.seed, episodes=args.episodes)
        log.info("%s, seed %d, %s", config.env.task, args.seed, args.advance)
        hub = DoraHubOutputs(port)

        def watch(timestep: TimeStep) -> None:
            """Show, film and forward one step."""
            nonlocal viewer
            hub.send_images(timestep)
            hub.send_joints(simulator.joint_pos_rad)
            if video is not None:
                video(timestep)
            if viewer is not None and viewer.is_open:
                viewer.show()
            elif viewer is not None:
                log.info("the viewer window was closed; ending the run")
                port.terminate()
                viewer = None

        code = BodyLoop(port, body, owner, [watch]).run()
        if video is not None:
            log.info("filmed %d frames: %s", video.frames, args.video)
        log.info("%s", body.summary)
        return code
