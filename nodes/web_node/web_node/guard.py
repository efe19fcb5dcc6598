"""Who may speak to the node: nobody but its own page, opened by somebody who may."""

import hmac
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from yarl import URL

from web_node.limits import Attempts

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

REFUSED: Final = (
    "The token is wrong or missing: open the address that web-node printed when it started."
)


class Guard:
    """Checks every request before anything else does.

    - `Host` has to be this machine's own name where the node listens on loopback, or another site
      could give its own name this machine's address (DNS rebinding). A tunnel may end at any port.
    - `Origin` has to be the page's own; a WebSocket without one is no browser's.
    - The token comes with the address that was printed, and from then on in a cookie.
    """

    def __init__(self, *, is_loopback: bool, token: str, port: int) -> None:
        """Know what is right; the token is empty where none is demanded."""
        self._is_loopback = is_loopback
        self._token = token
        # Cookies know no ports: two nodes on one machine would overwrite each other's.
        self._cookie = f"dora_hil_{port}"
        self._attempts = Attempts()

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a request pass, or refuse it."""
        self._check_host(request)
        self._check_origin(request)
        if self._token:
            given = request.query.get("token")
            self._check_token(request, given or request.cookies.get(self._cookie, ""))
            if given is not None:
                # Out of the address bar, and of what is copied from there.
                answer = web.HTTPSeeOther("/")
                answer.set_cookie(self._cookie, given, httponly=True, samesite="Strict")
                raise answer
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _check_host(self, request: web.Request) -> None:
        if self._is_loopback and _host(f"http://{request.host}") not in LOOPBACK:
            raise web.HTTPForbidden(text="This page is for its own machine alone.")

    @staticmethod
    def _check_origin(request: web.Request) -> None:
        origin = request.headers.get("Origin")
        is_socket = request.headers.get("Upgrade", "").lower() == "websocket"
        if origin is None and not is_socket:
            return
        own = (f"http://{request.host}", f"https://{request.host}")
        if origin not in own:
            raise web.HTTPForbidden(text="Another site's page may not drive.")

    def _check_token(self, request: web.Request, given: str) -> None:
        address = request.remote or ""
        if self._attempts.is_blocked(address):
            raise web.HTTPTooManyRequests(text="Too many wrong tokens; wait a minute.")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            self._attempts.fail(address)
            raise web.HTTPForbidden(text=REFUSED)


def _host(url: str) -> str:
    try:
        return URL(url).host or ""
    except ValueError:
        return ""
