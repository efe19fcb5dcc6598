"""Where the tool is, and which posture brings it elsewhere."""

from pathlib import Path

import numpy as np
import pytest
from virtual_arm import FRAME, URDF

from dora_hil.config import ConfigError
from robot_node.kinematics import REACHED_M, Kinematics

JOINTS = ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll")
HOME_DEG = np.array([0.0, -32.0, 29.0, 90.0, 0.0])


@pytest.fixture(scope="module")
def kinematics() -> Kinematics:
    """Return the virtual arm's; it keeps nothing but the tool's orientation."""
    return Kinematics(URDF, FRAME, JOINTS)


@pytest.mark.parametrize(
    ("joint_pos_deg", "tcp_xyz_m"),
    [
        ((0, 0, 0, 0, 0), (0.3914, 0.0, 0.2265)),
        ((90, 0, 0, 0, 0), (0.0388, -0.3525, 0.2265)),
        ((0, 90, 0, 0, 0), (0.1791, 0.0, -0.2055)),
        ((0, 0, 90, 0, 0), (0.0945, 0.0, -0.065)),
        ((0, 0, 0, 0, 90), (0.3914, -0.0081, 0.2342)),
    ],
)
def test_forward_is_what_a_ruler_says(
    joint_pos_deg: tuple[float, ...], tcp_xyz_m: tuple[float, ...]
) -> None:
    """LeRobot's frame at the tip of the fixed jaw: x ahead, y left; the pan counts to the right.

    The tip lies 8 mm beside the axis of the roll.
    """
    tip = Kinematics(URDF, "gripper_frame_link", JOINTS)
    seen = tip.forward(np.array(joint_pos_deg, dtype=float))
    np.testing.assert_allclose(seen, tcp_xyz_m, atol=1e-4)


@pytest.mark.parametrize(
    "step_m", [(0.02, 0, 0), (-0.02, 0, 0), (0, 0.02, 0), (0, 0, 0.02), (0, 0, -0.02)]
)
def test_inverse_reaches_a_target_and_keeps_near(
    kinematics: Kinematics, step_m: tuple[float, ...]
) -> None:
    """Two centimetres need no more than some degrees."""
    kinematics.keep_orientation(HOME_DEG)
    target_m = kinematics.forward(HOME_DEG) + step_m
    posture = kinematics.inverse(HOME_DEG, target_m)
    assert np.linalg.norm(kinematics.forward(posture) - target_m) < REACHED_M
    assert np.abs(posture - HOME_DEG).max() < 20.0


def test_the_tool_goes_on_pointing_as_it_did(kinematics: Kinematics) -> None:
    """Up and down, where the arm can keep it: lift, elbow and wrist turn, but their sum does not.

    The position counts a hundred times as much, so that some degrees are left.
    """
    kinematics.keep_orientation(HOME_DEG)
    higher_m = np.array([0.0, 0.0, 0.02])
    posture = kinematics.inverse(HOME_DEG, kinematics.forward(HOME_DEG) + higher_m)
    assert posture[1:4].sum() == pytest.approx(HOME_DEG[1:4].sum(), abs=5.0)


def test_the_tool_of_an_arm_of_five_joints_turns_with_it(kinematics: Kinematics) -> None:
    """Held against that turn its roll would go with the pan, and the tool against the arm."""
    kinematics.keep_orientation(HOME_DEG)
    posture = HOME_DEG
    for y_m in np.linspace(0.0, 0.1, 6):
        posture = kinematics.inverse(posture, np.array([0.17, y_m, 0.06]))
    assert abs(posture[0]) > 30.0
    assert abs(posture[4]) < 1.0


AXES = {"pan": "0 0 1", "lift": "0 1 0", "elbow": "0 1 0", "flex": "0 1 0"}


def two_links(path: Path, **wrist: str) -> Kinematics:
    """Return an arm with two links of 20 cm, a hand of 10 and further axes of its wrist."""
    axes = {**AXES, **wrist, "tool": "1 0 0"}
    reach_m = {"elbow": 0.2, "flex": 0.2, "tool": 0.1 * (not wrist)}
    parts, parent = ['<link name="base"/>'], "base"
    for joint, axis in axes.items():
        parts.append(
            f'<link name="{joint}_link"/><joint name="{joint}" type="revolute"><axis xyz="{axis}"/>'
            f'<origin xyz="{reach_m.get(joint, 0.0)} 0 0"/><parent link="{parent}"/>'
            f'<child link="{joint}_link"/><limit lower="-3" upper="3" effort="1" velocity="1"/>'
            "</joint>"
        )
        parent = f"{joint}_link"
    path.write_text(f'<robot name="arm">{"".join(parts)}</robot>')
    return Kinematics(path, "tool_link", list(axes)[:-1])


def test_the_tool_of_an_arm_of_six_joints_keeps_its_direction(tmp_path: Path) -> None:
    """Its wrist turns back what the pan turns."""
    arm = two_links(tmp_path / "arm.urdf", roll="1 0 0", yaw="0 0 1")
    home_deg = np.array([0.0, -40.0, 80.0, -40.0, 0.0, 0.0])
    arm.keep_orientation(home_deg)
    target_m = arm.forward(home_deg) + np.array([0.0, 0.08, 0.0])
    posture = arm.inverse(home_deg, target_m)
    assert posture[0] > 10.0
    assert posture[5] == pytest.approx(-posture[0], abs=1.0)


def test_the_wrist_of_an_arm_that_cannot_roll_its_tool_is_free(tmp_path: Path) -> None:
    """Its last joint keeps the tool pointing as it did, while the links go up and down."""
    arm = two_links(tmp_path / "arm.urdf")
    home_deg = np.array([0.0, -40.0, 80.0, -40.0])
    arm.keep_orientation(home_deg)
    posture = arm.inverse(home_deg, arm.forward(home_deg) + np.array([0.0, 0.0, 0.05]))
    assert abs(posture[3] - home_deg[3]) > 10.0
    assert posture[1:].sum() == pytest.approx(home_deg[1:].sum(), abs=5.0)


def test_of_a_target_out_of_reach_the_nearest_posture_is_found(kinematics: Kinematics) -> None:
    """With its wrist at its stop the tool cannot be lifted by 2 cm so near to the base."""
    kinematics.keep_orientation(HOME_DEG)
    start = np.array([28.3, -53.8, 51.1, 92.7, 8.2])
    target_m = kinematics.forward(start) + np.array([0.0, 0.0, 0.02])
    off_m = np.linalg.norm(kinematics.forward(kinematics.inverse(start, target_m)) - target_m)
    assert REACHED_M < off_m < 0.006


def test_a_target_far_out_of_reach_leads_nowhere_worse(kinematics: Kinematics) -> None:
    """A metre away the solver goes astray."""
    target_m = np.array([1.0, 0.0, 0.2])
    posture = kinematics.inverse(HOME_DEG, target_m)
    before_m, off_m = (
        np.linalg.norm(kinematics.forward(place) - target_m) for place in (HOME_DEG, posture)
    )
    assert off_m <= before_m


@pytest.mark.parametrize(
    ("text", "frame", "joints", "said"),
    [
        (None, FRAME, JOINTS, r"arm\.urdf: there is no such file"),
        ("not xml", FRAME, JOINTS, r"arm\.urdf: "),
        (URDF.read_text(), "some_link", JOINTS, r"some_link"),
        (
            URDF.read_text(),
            FRAME,
            (*JOINTS, "tail"),
            r"arm\.urdf has no joint tail; it has .*elbow_flex",
        ),
    ],
    ids=["no_file", "no_urdf", "no_frame", "no_joint"],
)
def test_a_urdf_that_does_not_fit_is_one_line(
    tmp_path: Path, text: str | None, frame: str, joints: tuple[str, ...], said: str
) -> None:
    """With its key and its path."""
    path = tmp_path / "arm.urdf"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=said) as error:
        Kinematics(path, frame, joints)
    assert str(error.value).startswith("env.processor.inverse_kinematics.")
    assert len(str(error.value).splitlines()) == 1


def test_a_urdf_needs_no_meshes(tmp_path: Path) -> None:
    """Theirs are named in it, and lie elsewhere."""
    assert "<mesh" in URDF.read_text()
    (tmp_path / "arm.urdf").write_text(URDF.read_text())
    alone = Kinematics(tmp_path / "arm.urdf", FRAME, JOINTS)
    np.testing.assert_array_equal(
        alone.forward(HOME_DEG), Kinematics(URDF, FRAME, JOINTS).forward(HOME_DEG)
    )
