"""The gateway: decisions in production, behind the APIs that people already call."""
