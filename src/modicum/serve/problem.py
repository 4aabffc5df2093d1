"""An answer that is an error, in the shape that the API's clients expect."""

from __future__ import annotations

import msgspec

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON; its DecodeError alone is not all of it."""


class Problem(Exception):  # noqa: N818 (it is an answer, not a fault of the program)
    """Ends a request; `headers` go with it (Retry-After)."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers

    def body(self, *, anthropic: bool = False) -> bytes:
        """JSON as OpenAI writes errors, or as Anthropic does."""
        kind = _KINDS.get(
            self.status, "api_error" if self.status >= 500 else "invalid_request_error"
        )
        if anthropic:
            return msgspec.json.encode(
                {"type": "error", "error": {"type": kind, "message": self.message}}
            )
        error = {"message": self.message, "type": kind, "param": None, "code": self.code}
        return msgspec.json.encode({"error": error})


_KINDS = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}
