"""The one family of errors a user may see; each message names the thing, the value, what was expected, what to do."""

from __future__ import annotations


class LearnscopeError(Exception):
    """A sentence for the user. Nothing the user made is lost when it is raised."""


class ExperimentError(LearnscopeError):
    """An experiment, or an edit of one, that does not make sense; `path` says where."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class DataError(LearnscopeError):
    """Data that can't be used: names the row and the column where there is one."""


class FileError(LearnscopeError):
    """A file that can't be read or written: names the file, the part and the reason."""


class ExpressionError(LearnscopeError):
    """A typed expression that can't be read or worked out; `place` counts its characters from 1, 0 for the whole."""

    def __init__(self, message: str, place: int = 0) -> None:
        super().__init__(message)
        self.place = place
