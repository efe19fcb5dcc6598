"""Every option shows in the physics, and the physics are gym-hil's."""

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from typing import Any

import mujoco
import numpy as np
import pytest
from numpy.typing import NDArray

from dora_hil.body.environment import Environment, Outcome
from dora_hil.config import ConfigError
from dora_hil.stream.actions import ActionError, ActionSpace, Float32Array
from gym_hil_node.config_file import parse_config
from gym_hil_node.simulator import Simulator

CLOSE, STAY, OPEN = 0.0, 1.0, 2.0


def build(
    *,
    task: str = "PandaPickCube-v0",
    fps: float = 10,
    sim: Any = None,
    safety: Any = None,
    **processor: Any,
) -> Simulator:
    """Return a state-only simulator."""
    raw = {
        "env": {"task": task, "fps": fps, "processor": processor},
        "sim": {"cameras": {}, **(sim or {})},
        "safety": safety or {},
    }
    return Simulator(parse_config(raw))


def delta(x: float = 0.0, y: float = 0.0, z: float = 0.0, gripper: float = STAY) -> Float32Array:
    """Return an `ee_delta` action."""
    return np.array([x, y, z, gripper], dtype=np.float32)


def run(simulator: Simulator, action: Float32Array, steps: int) -> Outcome:
    """Execute one action again and again."""
    for _ in range(steps):
        outcome = simulator.execute(ActionSpace.EE_DELTA, action)
    return outcome


def tcp(simulator: Simulator) -> NDArray[Any]:
    """Return where the tool is now."""
    return np.asarray(simulator.data.site("pinch").xpos.copy())


def pad_distance_m(simulator: Simulator) -> float:
    """Return how far the finger pads are apart."""
    left, right = (simulator.data.geom(f"{side}_pad1").xpos for side in ("left", "right"))
    return float(np.linalg.norm(left - right))


def lift(simulator: Simulator) -> list[Outcome]:
    """Go above the cube, down to it, grasp it and lift it, as a script that sees everything."""
    outcomes = []
    columns = simulator.observe()
    for step in range(40):
        above = (0.0, 0.0, 0.08 if step < 12 else 0.0)
        error = columns["privileged.block_xyz_m"] + above - columns["privileged.tcp_xyz_m"]
        motion = (0.0, 0.0, 1.0) if step > 24 else np.clip(error / 0.025, -1.0, 1.0)
        action = np.array([*motion, CLOSE if step > 19 else OPEN], dtype=np.float32)
        outcomes.append(simulator.execute(ActionSpace.EE_DELTA, action))
        columns = outcomes[-1].columns
    return outcomes


def state(simulator: Simulator) -> NDArray[Any]:
    """Return everything that physics goes on from."""
    return np.concatenate([simulator.data.qpos, simulator.data.qvel])


def gym_hil_oracle(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return gym-hil's own environment, started where the simulator stands."""
    from gym_hil.wrappers import factory

    # gym-hil opens an OpenGL context for physics, too; only pictures are left out here.
    monkeypatch.setattr(mujoco, "Renderer", _NoPictures)
    env_id = f"gym_hil/Panda{type(simulator._task).__name__}Base-v0"
    env = factory.make_env(env_id, reset_delay_seconds=0, gripper_penalty=-0.05)
    env.reset()
    env.unwrapped.data.qpos[:] = simulator.data.qpos
    mujoco.mj_forward(env.unwrapped.model, env.unwrapped.data)
    env.unwrapped.data.qacc_warmstart[:] = simulator.data.qacc_warmstart
    if hasattr(env.unwrapped, "_z_init"):
        env.unwrapped._z_init = float(env.unwrapped.data.sensor("block_pos").data[2])
    return env


class _NoPictures:
    """Stand in for gym-hil's renderer."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Open nothing."""

    def render(self) -> None:
        """Draw nothing."""

    def close(self) -> None:
        """Release nothing."""


def random_actions(simulator: Simulator, steps: int) -> list[Float32Array]:
    """Return random deltas and gripper commands, with a grasp of the first block in between.

    Eighths of the gripper's range are exact in binary, so that adding them up in another
    order changes nothing.
    """
    rng = np.random.default_rng(1)
    actions = []
    position = tcp(simulator)
    block = simulator._task.blocks_xyz_m[0].copy()
    for step in range(steps):
        motion, gripper = rng.uniform(-1.0, 1.0, 3), float(rng.integers(0, 17)) / 8
        if 10 <= step < 80:
            aim = np.add(block, (0.0, 0.0, 0.0 if 45 <= step < 65 else 0.1))
            motion = np.clip((aim - position) / 0.025, -1.0, 1.0)
            gripper = CLOSE if step > 60 else OPEN
        actions.append(np.array([*motion, gripper], dtype=np.float32))
        position = np.clip(
            position + actions[-1][:3] * 0.025, simulator._task.min_xyz_m, simulator._task.max_xyz_m
        )
    return actions


@pytest.mark.filterwarnings("ignore:.*precision lowered by casting")
@pytest.mark.parametrize(("reward_type", "steps"), [("sparse", 200), ("dense", 90)])
@pytest.mark.parametrize("task", ["PandaPickCube-v0", "PandaArrangeBoxes-v0"])
def test_random_steps_are_gym_hils(
    task: str, reward_type: str, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Positions, speeds, observation, reward, success and penalty, with a block in the hand too.

    Fingers at their stops turn a difference of 1e-15 into one of 1e-2 within a step: this
    holds only as long as the controller agrees with gym-hil's to the last bit.
    """
    simulator = build(
        task=task, sim={"reward_type": reward_type}, gripper={"gripper_penalty": -0.05}
    )
    simulator.begin(3)
    start_z_m = simulator._task.blocks_xyz_m[0, 2]
    highest_z_m = start_z_m
    oracle = gym_hil_oracle(simulator, monkeypatch)
    oracle.unwrapped.reward_type = reward_type
    for action in random_actions(simulator, steps):
        outcome = simulator.execute(ActionSpace.EE_DELTA, action)
        reversed_gripper = np.array([*action[:3], OPEN - action[3]], dtype=np.float32)
        observation, reward, _, _, info = oracle.step(reversed_gripper)
        theirs = oracle.unwrapped.data
        np.testing.assert_allclose(simulator.data.qpos, theirs.qpos, rtol=0, atol=1e-6)
        np.testing.assert_allclose(simulator.data.qvel, theirs.qvel, rtol=0, atol=1e-6)
        np.testing.assert_allclose(
            outcome.columns["observation.state"], observation["agent_pos"], rtol=0, atol=1e-6
        )
        np.testing.assert_allclose(
            outcome.columns["observation.environment_state"],
            observation["environment_state"],
            rtol=0,
            atol=1e-6,
        )
        assert outcome.reward == pytest.approx(reward, abs=1e-9)
        assert outcome.success == info["succeed"]
        assert outcome.discrete_penalty == info["discrete_penalty"]
        highest_z_m = max(highest_z_m, simulator._task.blocks_xyz_m[0, 2])
    assert highest_z_m > start_z_m + 0.05


def test_the_same_seed_and_actions_give_the_same_episode_to_the_last_bit() -> None:
    """Whatever was done before, in this simulator or another."""
    simulator = build()
    actions = random_actions(simulator, 60)

    def episode(of: Simulator) -> NDArray[Any]:
        of.begin(5)
        return np.array(
            [(of.execute(ActionSpace.EE_DELTA, action), state(of))[1] for action in actions]
        )

    first = episode(simulator)
    simulator.begin(6)
    lift(simulator)
    np.testing.assert_array_equal(episode(simulator), first)
    np.testing.assert_array_equal(episode(build()), first)


@pytest.mark.parametrize(("is_random", "count"), [(True, 10), (False, 1)])
def test_other_seeds_place_the_block_elsewhere_unless_told_otherwise(
    is_random: bool, count: int
) -> None:
    """`sim.random_block_position`."""
    simulator = build(sim={"random_block_position": is_random})
    spots = {tuple(simulator.begin(seed)["privileged.block_xyz_m"]) for seed in range(10)}
    assert len(spots) == count


def test_a_fixed_reset_posture_is_where_the_arm_starts() -> None:
    """`env.processor.reset.fixed_reset_joint_positions`."""
    posture = [0.1, 0.0, 0.1, -2.2, 0.0, 2.4, 0.6]
    simulator = build(reset={"fixed_reset_joint_positions": posture})
    simulator.begin(1)
    np.testing.assert_array_equal(simulator.joint_pos_rad, posture)


def test_a_fixed_reset_posture_is_what_the_elbow_stays_near() -> None:
    """Two postures with the tool at one place: the arm holds each of them."""
    held = []
    for turn in (-0.4, 0.4):
        posture = [turn, 0.195, -turn, -2.43, 0.0, 2.62, 0.785]
        simulator = build(reset={"fixed_reset_joint_positions": posture})
        run(simulator, delta(), 30)
        held.append(simulator.joint_pos_rad[0])
    assert held[1] - held[0] > 0.5


def test_a_posture_beyond_the_joint_limits_is_refused() -> None:
    """The elbow cannot be stretched."""
    with pytest.raises(ConfigError, match=r"joint 7 reaches -2\.8973 to 2\.8973 rad, got 3"):
        build(reset={"fixed_reset_joint_positions": [0.0, 0.195, 0.0, -2.43, 0.0, 2.62, 3.0]})


@pytest.mark.parametrize("step_m", [0.01, 0.03])
def test_a_delta_of_one_is_one_step_size(step_m: float) -> None:
    """`end_effector_step_sizes`, by axis; the arm follows."""
    simulator = build(inverse_kinematics={"end_effector_step_sizes": {"x": 0.025, "y": step_m}})
    start = tcp(simulator)
    run(simulator, delta(y=1.0), 4)
    run(simulator, delta(), 10)
    np.testing.assert_allclose(tcp(simulator) - start, (0.0, 4 * step_m, 0.0), atol=2e-3)


def test_the_tool_stays_within_the_bounds() -> None:
    """`end_effector_bounds`; what was executed says so."""
    bounds = {"min": [0.3, -0.05, 0.1], "max": [0.5, 0.05, 0.3]}
    simulator = build(inverse_kinematics={"end_effector_bounds": bounds})
    outcome = run(simulator, delta(y=1.0, z=1.0), 20)
    np.testing.assert_allclose(tcp(simulator)[1:], (0.05, 0.3), atol=3e-3)
    assert outcome.executed.safety == ("bounds",)
    assert outcome.executed.by_space["ee_absolute"][1] == pytest.approx(0.05)


def test_gripper_0_closes_and_2_opens_the_fingers() -> None:
    """LeRobot's meaning, the reverse of gym-hil's; 1 leaves them as they are."""
    simulator = build()
    wide = pad_distance_m(simulator)
    run(simulator, delta(gripper=CLOSE), 10)
    narrow = pad_distance_m(simulator)
    run(simulator, delta(gripper=STAY), 10)
    still_narrow = pad_distance_m(simulator)
    run(simulator, delta(gripper=OPEN), 10)
    assert narrow < 0.02 < 0.08 < wide
    assert still_narrow == pytest.approx(narrow, abs=1e-3)
    assert pad_distance_m(simulator) == pytest.approx(wide, abs=2e-3)


@pytest.mark.parametrize("gripper", [CLOSE, OPEN])
def test_without_the_gripper_the_fingers_never_move(gripper: float) -> None:
    """`use_gripper` false, whatever the action says; nor is there a penalty."""
    simulator = build(gripper={"use_gripper": False, "gripper_penalty": -0.5})
    wide = pad_distance_m(simulator)
    outcome = run(simulator, delta(gripper=gripper), 5)
    assert pad_distance_m(simulator) == pytest.approx(wide, abs=1e-3)
    assert outcome.discrete_penalty == 0.0
    assert outcome.executed.by_space["ee_delta"][3] == STAY
    assert simulator.spec.columns["action.ee_absolute"].names == ("x", "y", "z")


def test_only_a_change_of_the_gripper_is_penalised() -> None:
    """Closing an open one and opening a closed one; the reward stays out of it."""
    simulator = build(gripper={"gripper_penalty": -0.3})
    commands = [OPEN, CLOSE, CLOSE, STAY, OPEN, OPEN]
    outcomes = [simulator.execute(ActionSpace.EE_DELTA, delta(gripper=g)) for g in commands]
    assert [o.discrete_penalty for o in outcomes] == [0.0, -0.3, 0.0, 0.0, -0.3, 0.0]
    assert {o.reward for o in outcomes} == {0.0}


def test_an_absolute_action_is_where_the_tool_goes() -> None:
    """The gripper is then a position."""
    simulator = build()
    target = np.array([0.35, 0.1, 0.25, 0.0], dtype=np.float32)
    for _ in range(20):
        outcome = simulator.execute(ActionSpace.EE_ABSOLUTE, target)
    np.testing.assert_allclose(tcp(simulator), target[:3], atol=3e-3)
    np.testing.assert_array_equal(outcome.executed.by_space["ee_absolute"], target)
    assert pad_distance_m(simulator) < 0.02


def test_a_jump_of_the_target_is_made_at_the_speed_limit() -> None:
    """`max_ee_speed_m_s`: 0.2 m/s are 2 cm a step, in a straight line; it is said until it ends."""
    simulator = build(safety={"max_ee_speed_m_s": 0.2})
    start = simulator.observe()["privileged.target_xyz_m"]
    goal = start + np.array([0.03, 0.04, 0.0], dtype=np.float32)
    action = np.array([*goal, 1.0], dtype=np.float32)
    outcomes = [simulator.execute(ActionSpace.EE_ABSOLUTE, action) for _ in range(4)]
    targets = [start, *(o.columns["privileged.target_xyz_m"] for o in outcomes)]
    steps_m = [float(np.linalg.norm(b - a)) for a, b in pairwise(targets)]
    np.testing.assert_allclose(steps_m, [0.02, 0.02, 0.01, 0.0], atol=1e-6)
    np.testing.assert_allclose(targets[1] - start, [0.012, 0.016, 0.0], atol=1e-6)
    assert [o.executed.safety for o in outcomes] == [("ee_speed",)] * 2 + [()] * 2


def test_an_episode_ramps_in() -> None:
    """`ramp_s`: two steps to the full speed, again after each beginning."""
    simulator = build(safety={"max_ee_speed_m_s": 0.2, "ramp_s": 0.2})
    for _ in range(2):
        target = simulator.begin(0)["privileged.target_xyz_m"]
        for moved_m in (0.01, 0.02, 0.02):
            outcome = simulator.execute(ActionSpace.EE_DELTA, delta(y=1.0))
            before, target = target, outcome.columns["privileged.target_xyz_m"]
            assert np.linalg.norm(target - before) == pytest.approx(moved_m, abs=1e-6)


def test_the_privileged_columns_are_enough_to_solve_the_task() -> None:
    """A script lifts the cube wherever it starts."""
    simulator = build()
    for seed in range(5):
        simulator.begin(seed)
        assert any(outcome.success and outcome.reward == 1.0 for outcome in lift(simulator))


def test_without_a_signal_of_its_own_a_lifted_cube_is_no_success() -> None:
    """`sim.reward_type` none: somebody else has to say it, as with a robot."""
    outcomes = lift(build(sim={"reward_type": "none"}))
    assert outcomes[-1].columns["privileged.block_xyz_m"][2] > 0.12
    assert {(o.reward, o.success) for o in outcomes} == {(0.0, False)}


def test_the_features_of_the_state_are_those_listed() -> None:
    """In the listed order, with names and units."""
    state_features = ["gripper_opening_01", "block_from_tcp_m"]
    simulator = build(sim={"observation": {"state": state_features, "environment_state": None}})
    spec = simulator.spec.columns["observation.state"]
    columns = simulator.begin(0)
    assert spec.names == (
        "gripper.opening",
        "block_from_tcp.x",
        "block_from_tcp.y",
        "block_from_tcp.z",
    )
    assert spec.units == ("0 closed, 1 open", "m", "m", "m")
    assert "observation.environment_state" not in columns
    np.testing.assert_allclose(
        columns["observation.state"][1:],
        columns["privileged.block_xyz_m"] - columns["privileged.tcp_xyz_m"],
        atol=1e-7,
    )


@pytest.mark.parametrize("fps", [10, 30, 15])
def test_simulated_time_goes_on_by_exactly_one_control_period_a_step(fps: float) -> None:
    """gym-hil's runs 4 % slow at 30 Hz."""
    simulator = build(fps=fps)
    run(simulator, delta(), 10)
    assert simulator.data.time == pytest.approx(10 / fps, rel=1e-9)


def test_observing_does_not_move_anything() -> None:
    """However often."""
    simulator = build()
    outcome = run(simulator, delta(x=1.0), 3)
    before = state(simulator)
    for _ in range(3):
        columns = simulator.observe()
    np.testing.assert_array_equal(state(simulator), before)
    np.testing.assert_array_equal(
        columns["observation.state"], outcome.columns["observation.state"]
    )


@pytest.mark.parametrize("task", ["PandaPickCube-v0", "PandaArrangeBoxes-v0"])
def test_the_columns_are_those_that_the_spec_describes(task: str) -> None:
    """Shapes and types, pictures included."""
    raw = {
        "env": {"task": task},
        "sim": {"cameras": {"up": {"camera": "front", "width_px": 48, "height_px": 32}}},
    }
    simulator = Simulator(parse_config(raw))
    described = {
        key: (spec.shape, spec.dtype)
        for key, spec in simulator.spec.columns.items()
        if not key.startswith("action.")
    }
    actual = {key: (a.shape, str(a.dtype)) for key, a in simulator.begin(0).items()}
    simulator.close()
    assert actual == described
    assert described["observation.images.up"] == ((32, 48, 3), "uint8")


def test_a_crop_shows_the_same_pixels_as_a_part_of_the_whole_picture() -> None:
    """Of the camera that is named; the stream is described as it then is."""
    front, wrist = "observation.images.front", "observation.images.wrist"
    cropping = {"image_preprocessing": {"crop_params_dict": {front: [20, 8, 100, 96]}}}
    with closing(Simulator(parse_config({}))) as whole:
        expected = whole.begin(0)
    with closing(Simulator(parse_config({"env": {"processor": cropping}}))) as cropped:
        shown = cropped.begin(0)
        assert cropped.spec.columns[front].shape == (100, 96, 3)
        assert cropped.spec.columns[wrist].shape == (128, 128, 3)
    np.testing.assert_array_equal(shown[front], expected[front][20:120, 8:104])
    np.testing.assert_array_equal(shown[wrist], expected[wrist])


def test_every_step_is_resized() -> None:
    """The first picture and those that follow, as the description says."""
    resizing = {"image_preprocessing": {"resize_size": [64, 48]}}
    with closing(Simulator(parse_config({"env": {"processor": resizing}}))) as simulator:
        columns = run(simulator, delta(x=1.0), 1).columns
        for name in ("observation.images.front", "observation.images.wrist"):
            assert simulator.begin(0)[name].shape == columns[name].shape == (64, 48, 3)
            assert simulator.spec.columns[name].shape == (64, 48, 3)


def test_pictures_can_be_left_out() -> None:
    """`render=False`, whatever the config says."""
    simulator = Simulator(parse_config({}), render=False)
    assert not any("images" in key for key in (*simulator.begin(0), *simulator.spec.columns))


def test_the_simulator_is_an_environment_of_a_body() -> None:
    """It describes itself, both end-effector spaces included."""
    environment: Environment = build()
    assert environment.spec.body == "gym_hil"
    assert environment.spec.task == "pick up the cube and lift it"
    assert environment.spec.action_spaces == ("ee_delta", "ee_absolute")
    assert environment.spec.columns["action.ee_absolute"].shape == (4,)


def test_joints_are_not_an_action_space_here() -> None:
    """The error says what is."""
    with pytest.raises(ActionError, match="accepted: ee_delta, ee_absolute"):
        build().execute(ActionSpace.JOINT, np.zeros(7, dtype=np.float32))


def test_a_state_only_simulator_needs_no_opengl() -> None:
    """It runs where OpenGL cannot even be imported."""
    program = (
        "import sys; sys.modules['OpenGL'] = None; sys.modules['glfw'] = None\n"
        "from gym_hil_node.config_file import parse_config\n"
        "from gym_hil_node.simulator import Simulator\n"
        "columns = Simulator(parse_config({'sim': {'cameras': {}}})).begin(0)\n"
        "print(columns['observation.state'].shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"MUJOCO_GL": "disabled"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "(18,)\n", done.stderr


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_simulator_is_not_copied(copied: Callable[[Simulator], object]) -> None:
    """The copy's parts would be views of the original's state."""
    with pytest.raises(TypeError, match="build another from its config"):
        copied(build())
