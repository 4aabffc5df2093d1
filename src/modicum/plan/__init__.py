"""The footprint before the run: training, serving, fleets, placement, tuning, modernisation."""
