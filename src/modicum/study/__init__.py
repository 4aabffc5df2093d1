"""Studies: fit the candidates, race them against the reference, and write the decision."""

from modicum.study.progress import Progress, Silent
from modicum.study.study import Study, run_study

__all__ = ["Progress", "Silent", "Study", "run_study"]
