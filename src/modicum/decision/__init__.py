"""Decisions from paired losses: knows neither models nor meters."""
