"""Why something could not be uploaded to the Hub, in one line."""

import httpx
from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError, OfflineModeIsEnabled

from dora_hil.errors import one_line


def failure_reason(error: Exception) -> str:
    """Return what went wrong, and where it is known, what to do about it."""
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if isinstance(error, LocalTokenNotFoundError) or status in (401, 403):
        return "not logged in with a token that may write there; log in: uv run hf auth login"
    if status is None and isinstance(error, httpx.HTTPError | ConnectionError):
        return f"the Hub cannot be reached: {one_line(error)}"
    return one_line(error)
