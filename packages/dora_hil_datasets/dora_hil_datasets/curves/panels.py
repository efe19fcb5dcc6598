"""What is drawn of a training, panel by panel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dora_hil_datasets.curves.training import Curve, TrainingCurves

type Pick = Callable[[TrainingCurves], Curve]


@dataclass(frozen=True)
class Panel:
    """One diagram.

    Attributes:
        title: with the unit.
        figures: what is drawn, by its name; with several, each has its own kind of line.
        is_mean: draw the mean of some values, and these as dots; else what was logged, with a mean
            of 1 % of it, which a short training does not show.
        scale: of the vertical axis, as matplotlib names it.
        limits: of the vertical axis; None fits it to the curves.
    """

    title: str
    figures: Mapping[str, Pick]
    is_mean: bool = False
    scale: str = "linear"
    limits: tuple[float | None, float | None] = (None, None)

    def has_values(self, trainings: Sequence[TrainingCurves]) -> bool:
        """Say whether there is anything to draw."""
        picks = self.figures.values()
        return any(pick(training).values.size for training in trainings for pick in picks)


def _episodes(figure: str) -> Pick:
    return lambda training: training.episodes.curve(figure)


def _updates(figure: str) -> Pick:
    return lambda training: training.updates.curve(figure)


SHARE = (-0.03, 1.03)
FROM_ZERO = (0.0, None)

PANELS = (
    Panel("Episodic reward", {"": _episodes("Episodic reward")}, is_mean=True),
    Panel("Success rate", {"": _episodes("success")}, is_mean=True, limits=SHARE),
    Panel(
        "Success without help (last 20 episodes)", {"": _episodes("own_success_20")}, limits=SHARE
    ),
    Panel("Intervention rate", {"": _episodes("Intervention rate")}, is_mean=True, limits=SHARE),
    Panel("Episode length (steps)", {"": _episodes("length")}, is_mean=True, limits=FROM_ZERO),
    Panel("Critic loss", {"": _updates("loss_critic")}, scale="log"),
    Panel("Discrete critic loss", {"": _updates("loss_discrete_critic")}, scale="log"),
    Panel("Actor loss", {"": _updates("loss_actor")}),
    Panel("Temperature", {"": _updates("temperature")}, scale="log"),
    Panel("Critic gradient norm", {"": _updates("critic_grad_norm")}, scale="log"),
    Panel(
        "Discrete critic gradient norm", {"": _updates("discrete_critic_grad_norm")}, scale="log"
    ),
    Panel("Actor gradient norm", {"": _updates("actor_grad_norm")}, scale="log"),
    Panel(
        "Replay buffers (transitions)",
        {
            "online": _updates("replay_buffer_size"),
            "offline": _updates("offline_replay_buffer_size"),
        },
        limits=FROM_ZERO,
    ),
    Panel(
        "Environment steps (1/s)", {"": TrainingCurves.steps_per_s}, is_mean=True, limits=FROM_ZERO
    ),
    Panel(
        "Learner updates (1/s)", {"": TrainingCurves.updates_per_s}, is_mean=True, limits=FROM_ZERO
    ),
    Panel("Policy (Hz)", {"": _episodes("Policy frequency [Hz]")}, is_mean=True, limits=FROM_ZERO),
    Panel("Age of the weights (s)", {"": _episodes("weight_age_s")}, is_mean=True, scale="log"),
)
