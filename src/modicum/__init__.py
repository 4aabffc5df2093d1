"""Modicum finds the smallest AI that does the job, proves it, serves it, and shows what it uses."""
