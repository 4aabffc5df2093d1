"""`modicum plan`: one file for each sub-command."""

from modicum.cli.plan.app import app

__all__ = ["app"]
