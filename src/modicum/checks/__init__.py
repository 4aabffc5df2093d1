"""Conformance suites for plug-ins, one module a kind; import the one you need."""
