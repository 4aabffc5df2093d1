"""Evaluation results made elsewhere, read into paired losses."""
