"""What the environment JSON of a simulator and that of a robot have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dora_hil.body.end_effector_target import Workspace
from dora_hil.body.lerobot_env import (
    BoundsSection,
    EnvSection,
    GripperSection,
    InverseKinematicsSection,
    ObservationSection,
    ProcessorSection,
    ResetSection,
    StepSizesSection,
)
from dora_hil.body.safety import SafetyConfig


@dataclass(frozen=True, kw_only=True)
class EnvironmentConfig:
    """An environment JSON; LeRobot's `dataset`, `mode` and `device` are read past."""

    env: EnvSection = field(default_factory=EnvSection)
    safety: SafetyConfig = field(default_factory=SafetyConfig)
    dataset: Any = None
    mode: Any = None
    device: Any = None

    @property
    def control_dt_s(self) -> float:
        """Return the control period."""
        return 1.0 / self.env.fps

    @property
    def processor(self) -> ProcessorSection:
        """Return `env.processor`, or its defaults."""
        return self.env.processor or ProcessorSection()

    @property
    def reset(self) -> ResetSection:
        """Return `env.processor.reset`, or its defaults."""
        return self.processor.reset or ResetSection()

    @property
    def gripper(self) -> GripperSection:
        """Return `env.processor.gripper`, or its defaults."""
        return self.processor.gripper or GripperSection()

    @property
    def kinematics(self) -> InverseKinematicsSection:
        """Return `env.processor.inverse_kinematics`, or its defaults."""
        return self.processor.inverse_kinematics or InverseKinematicsSection()

    def workspace_within(self, bounds: BoundsSection) -> Workspace:
        """Return these bounds with the config's step sizes.

        Raises:
            ValueError: bounds that enclose nothing, or steps that lead nowhere.
        """
        step = self.kinematics.end_effector_step_sizes or StepSizesSection()
        low_x, low_y, low_z = bounds.min
        high_x, high_y, high_z = bounds.max
        return Workspace((low_x, low_y, low_z), (high_x, high_y, high_z), (step.x, step.y, step.z))

    def with_switched_on(
        self, state: tuple[str, ...], features: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Return a state's features, and after them those that LeRobot's switches add.

        `features` says what each switch of `env.processor.observation` adds.
        """
        observation = self.processor.observation or ObservationSection()
        added = [name for switch, name in features.items() if getattr(observation, switch)]
        return state + tuple(name for name in added if name not in state)
