"""The command line: one file a command; each parses, makes one library call, and prints."""

from modicum.cli.main import main

__all__ = ["main"]
