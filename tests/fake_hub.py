"""A Hugging Face Hub with one repository, in this process."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from huggingface_hub import set_client_factory
from huggingface_hub.utils._http import default_client_factory


class FakeHub:
    """One repository, and what the Hub answers about it.

    Attributes:
        files: what it holds by now; None before it was created.
        tags: that were set.
        visibility: what was asked for.
        answers: what it says to everything, if it is not None.
    """

    def __init__(self, repo_id: str, kind: str = "datasets") -> None:
        """Start without the repository.

        Args:
            repo_id: its name.
            kind: `datasets` or `models`.
        """
        self._api = f"/api/{kind}/{repo_id}"
        self._about = {"id": repo_id, "sha": "0" * 40, "siblings": [], "tags": []}
        prefix = "" if kind == "models" else f"{kind}/"
        self._url = f"https://huggingface.co/{prefix}{repo_id}"
        self.files: dict[str, bytes] | None = None
        self.tags: list[str] = []
        self.visibility: str | None = None
        self.answers: httpx.Response | Exception | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Do what a client asks."""
        if isinstance(self.answers, Exception):
            raise self.answers
        if self.answers is not None:
            return self.answers
        path = request.url.path.removeprefix(self._api)
        if path == "/api/validate-yaml":
            return httpx.Response(200, json={"errors": [], "warnings": []})
        if path == "/api/repos/create":
            self.files = {} if self.files is None else self.files
            self.visibility = json.loads(request.content).get("visibility")
            return httpx.Response(200, json={"url": self._url})
        if self.files is None:
            return httpx.Response(404, headers={"X-Error-Code": "RepoNotFound"})
        return httpx.Response(200, json=self._about_files(path, request))

    def _about_files(self, path: str, request: httpx.Request) -> Any:
        assert self.files is not None
        if path == "":
            return self._about
        if path.startswith("/tree/"):
            return [{"type": "file", "path": n, "size": 1, "oid": "0"} for n in self.files]
        if path.startswith("/preupload/"):
            asked = json.loads(request.content)["files"]
            keys = {"uploadMode": "regular", "shouldIgnore": False}
            return {"files": [{"path": file["path"], **keys} for file in asked]}
        if path.startswith("/commit/"):
            for line in request.content.splitlines():
                self._commit(json.loads(line))
            url = f"{self._url}/commit/0"
            return {"success": True, "commitUrl": url, "commitOid": "0" * 40}
        assert path.startswith("/tag/"), path
        if request.method == "POST":
            self.tags.append(json.loads(request.content)["tag"])
        return {}

    def _commit(self, line: dict[str, Any]) -> None:
        assert self.files is not None
        value = line["value"]
        if line["key"] == "file":
            self.files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "deletedFile":
            del self.files[value["path"]]


@contextmanager
def connected(hub: FakeHub) -> Iterator[None]:
    """Let huggingface_hub talk to it."""
    set_client_factory(lambda: httpx.Client(transport=httpx.MockTransport(hub.answer)))
    try:
        yield
    finally:
        set_client_factory(default_client_factory)
