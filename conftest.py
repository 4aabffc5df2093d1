"""What is not collected: scripts that run only inside the library that calls them."""

from importlib.util import find_spec

collect_ignore = ["src/modicum/ledger/migrations"]
if find_spec("litellm") is None:  # it has an environment of its own: make litellm
    collect_ignore += [f"src/modicum/serve/litellm_{x}.py" for x in ("provider", "routing")]
