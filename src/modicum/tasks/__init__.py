"""Tasks: the task file, its data, its splits and its losses."""

from modicum.tasks.dataset import Dataset, load_dataset
from modicum.tasks.load import Task, load_task, parse_spec
from modicum.tasks.metrics import is_set_metric, losses
from modicum.tasks.spec import CandidateSection, TaskSpec
from modicum.tasks.split import Split, split

__all__ = [
    "CandidateSection",
    "Dataset",
    "Split",
    "Task",
    "TaskSpec",
    "is_set_metric",
    "load_dataset",
    "load_task",
    "losses",
    "parse_spec",
    "split",
]
