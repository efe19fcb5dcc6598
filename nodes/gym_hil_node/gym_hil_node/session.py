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
from dora_hil.node.node import NodePort, attach
from dora_hil.owner.run_owner import SelfOwner
from dora_hil.stream.timestep import TimeStep
from gym_hil_node.config_file import load_config
from gym_hil_node.simulator import Simulator
from gym_hil_node.viewer import (
    Viewer,
    needs_mjpython,
    open_viewer,
    run_under_mjpython,
    wants_viewer,
)

log = logging.getLogger("gym-hil-node")


class Observers:
    """What happens beside the loop with every published step."""

    def __init__(
        self, simulator: Simulator, port: NodePort, viewer: Viewer | None, video: VideoWriter | None
    ) -> None:
        """Take what was built; each of them may be missing."""
        self._simulator = simulator
        self._port = port
        self._hub = DoraHubOutputs(port)
        self._viewer = viewer
        self._video = video

    def __call__(self, timestep: TimeStep) -> None:
        """Show, film and forward one step."""
        self._hub.send_images(timestep)
        self._hub.send_joints(self._simulator.joint_pos_rad)
        if self._video is not None:
            self._video(timestep)
        if self._viewer is None:
            return
        if self._viewer.is_open:
            self._viewer.show()
        else:
            log.info("the viewer window was closed; ending the run")
            self._port.terminate()
            self._viewer = None


def run(args: argparse.Namespace, argv: Sequence[str]) -> int:
    """Run the simulator until the run is over.

    Args:
        args: the parsed options.
        argv: the same before parsing, for a second start under mjpython.

    Returns:
        The exit code.
    """
    config = load_config(args.config_path)
    if wants_viewer(args.viewer, sys.platform, os.environ) and needs_mjpython(
        sys.platform, os.environ
    ):
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
        body = build_body(
            port,
            simulator,
            body_config(
                config,
                args,
                max_steps=config.max_steps,
                tick_period_s=period_s,
                steps_after_success=config.sim.number_of_steps_after_success,
            ),
            lockstep=args.lockstep,
            lockstep_time_limit_s=args.lockstep_time_limit_s,
        )
        owner = SelfOwner(seed=args.seed, episodes=args.episodes)
        log.info("%s, seed %d, %s", config.env.task, args.seed, args.advance)
        observers = Observers(simulator, port, viewer, video)
        code = BodyLoop(port, body, owner, [observers]).run()
        if video is not None:
            log.info("filmed %d frames: %s", video.frames, args.video)
        log.info("%s", body.summary)
        return code
