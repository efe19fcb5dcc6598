"""What a page may say to the node; anything else is malformed."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from dora_hil.device.held_inputs import DEEDS, Hold

MAX_BYTES = 1024
"""Of one message; what a page says in earnest is a tenth of that."""


class ClientMessageError(ValueError):
    """A message that no page of ours sends; says what was wrong."""


class _ClientMessage(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_Axis = Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]


class Held(_ClientMessage):
    """All that is held now, said again and again by whoever drives.

    Attributes:
        held: see `Hold`.
        tilt: of the sticks: x, y, z in [-1, 1] of one step size, base frame.
    """

    say: Literal["held"]
    held: Annotated[tuple[Annotated[Hold, Field(strict=False)], ...], Field(max_length=len(Hold))]
    tilt: tuple[_Axis, _Axis, _Axis]


def _known(deed: str) -> str:
    if deed not in DEEDS:
        raise ValueError(f"not one of {', '.join(DEEDS)}")
    return deed


class Do(_ClientMessage):
    """What acts once.

    Attributes:
        deed: see `dora_hil.device.held_inputs.DEEDS`.
        held_ms: how long its button or key has been down until it acted.
    """

    say: Literal["do"]
    deed: Annotated[str, AfterValidator(_known)]
    held_ms: Annotated[float, Field(ge=0.0, le=10_000.0)] = 0.0


class Seen(_ClientMessage):
    """The picture of this number has been painted; the next may come."""

    say: Literal["seen"]
    frame: Annotated[int, Field(ge=0)]


class Leave(_ClientMessage):
    """Somebody else may drive."""

    say: Literal["leave"]


class Name(_ClientMessage):
    """What the others call the person."""

    say: Literal["name"]
    name: Annotated[str, Field(max_length=24)]


class Task(_ClientMessage):
    """What is to be done from now on, in words."""

    say: Literal["task"]
    task: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


type ClientMessage = Held | Do | Seen | Leave | Name | Task

_ADAPTER: TypeAdapter[Any] = TypeAdapter(Annotated[ClientMessage, Field(discriminator="say")])


def parse(text: str) -> ClientMessage:
    """Read one message.

    Raises:
        ClientMessageError: it is not JSON, or says what none of these is.
    """
    try:
        message: ClientMessage = _ADAPTER.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ClientMessageError(f"{where}: {first['msg']}" if where else first["msg"]) from None
    return message
