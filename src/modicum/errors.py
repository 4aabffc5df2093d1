"""Every error Modicum raises on purpose: one base, one class per cause.

A message says what was got, what was wanted, and the cure.  Each class carries the exit code that
the command line ends with: 2, but for a run that the user stopped.
"""


class ModicumError(Exception):
    """The base of all of them."""

    exit_code = 2


class FigureError(ModicumError):
    """Figures that cannot be combined, or an interval that does not hold its value."""


class TaskError(ModicumError):
    """A task file that cannot be used: broken TOML, an unknown key, a value out of range."""


class DataError(ModicumError):
    """Data that cannot be used: missing file or column, one class, null inputs."""


class EncodingError(DataError):
    """Text in another encoding than the one it was read in."""


class CandidateError(ModicumError):
    """A candidate that cannot be built, loaded or asked."""


class ArtefactError(ModicumError):
    """A file on disk that was tampered with, is foreign, or is newer than this version."""


class DecisionError(ModicumError):
    """Losses that cannot be decided on: unpaired, out of [0, 1], or unknown names."""


class LooksSpentError(DecisionError):
    """Judge examples that were asked so often that nothing is left of the error rate."""


class MeterError(ModicumError):
    """A meter that cannot be used where it was asked for by name."""


class CarbonError(ModicumError):
    """A region, factor or price that is not known."""


class LedgerError(ModicumError):
    """A ledger that cannot be opened or written."""


class WatchError(ModicumError):
    """A watch that is not there, or a promotion that its evidence forbids."""


class PlanError(ModicumError):
    """A plan whose input is impossible or incomplete."""


class PluginError(ModicumError):
    """Two plug-ins under one name, or one that does not load."""


class MissingExtraError(ModicumError):
    """A part that lives in an extra which is not installed.

    >>> print(MissingExtraError("sentence encoders", "size"))
    sentence encoders need an extra that is not installed: pip install 'modicum[size]'
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} need an extra that is not installed: pip install 'modicum[{extra}]'"
        )


class InterruptedRunError(ModicumError):
    """A run stopped by the user; what was finished is kept."""

    exit_code = 130  # 128 + SIGINT, as shells report it


class BudgetError(ModicumError):
    """A ceiling on money or energy was reached; what was finished is kept."""

    exit_code = 3


class StorageError(ModicumError):
    """A folder or file that cannot be written: no permission, or no space."""


class ServeError(ModicumError):
    """A gateway that cannot be configured or started as asked."""
