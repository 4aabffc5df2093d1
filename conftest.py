"""What is not collected: scripts that run only inside the library that calls them."""

collect_ignore = ["src/modicum/ledger/migrations"]
