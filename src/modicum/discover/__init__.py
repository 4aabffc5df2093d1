"""Recurring jobs in a request log: found, weighed, and written as tasks to size."""

from modicum.discover.discover import Discovery, discover_jobs

__all__ = ["Discovery", "discover_jobs"]
