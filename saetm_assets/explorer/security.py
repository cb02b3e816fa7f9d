"""Who may read the explorer, and what a page of it may do.

On loopback everybody on the machine may read; a page of another site that a browser is made to
send here by a rebound name is refused by its Host header. Elsewhere a token is asked for: as a
bearer token, or once as `?token=`, which a cookie then stands for.
"""

import hashlib
import hmac
from collections.abc import MutableMapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
METHODS = {"GET", "HEAD", "POST"}  # POST asks with a picture in hand; nothing is written
COOKIE = "saetm_explorer"
MONTH = 30 * 24 * 3600  # seconds


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine alone.

    Example:
        >>> [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0")]
        [True, True, True, False]
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Guard:
    """Middleware: lets in whoever may read, and puts the policy on every answer."""

    app: ASGIApp
    token: str | None  # None on loopback, where the Host header is looked at instead

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refusal(Request(scope))
        await (refused or self.app)(scope, receive, guarded)

    def _refusal(self, request: Request) -> Response | None:
        if request.method not in METHODS:
            return PlainTextResponse("the explorer only reads", status_code=405)
        if self.token is None:
            return None if is_loopback(_host(request.headers)) else _wrong_host()
        if self._knows(request):
            return None
        given = request.query_params.get("token")
        if given is not None and hmac.compare_digest(given.encode(), self.token.encode()):
            return self._welcome(request)
        return PlainTextResponse(
            "a token is needed: open the address that `saetm explore` printed", status_code=401
        )

    def _knows(self, request: Request) -> bool:
        assert self.token is not None  # noqa: S101  asked for with a token only
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        cookie = request.cookies.get(COOKIE, "")
        return hmac.compare_digest(given.encode(), self.token.encode()) or hmac.compare_digest(
            cookie.encode(), _stamp(self.token).encode()
        )

    def _welcome(self, request: Request) -> Response:
        """Have a cookie stand for the token, and take the token out of the address."""
        assert self.token is not None  # noqa: S101  asked for with a token only
        clean = request.url.remove_query_params("token")
        answer = RedirectResponse(f"{clean.path}?{clean.query}" if clean.query else clean.path, 303)
        answer.set_cookie(
            COOKIE,
            _stamp(self.token),
            max_age=MONTH,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer


def _host(headers: Headers) -> str:
    """Return the host that was asked, without its port."""
    host = headers.get("host", "")
    return host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]


def _wrong_host() -> Response:
    return PlainTextResponse("this explorer answers on loopback only", status_code=421)


def _stamp(token: str) -> str:
    """Return what a cookie holds for a token, so that the token itself lies nowhere."""
    return hashlib.sha256(b"saetm explorer\0" + token.encode()).hexdigest()
