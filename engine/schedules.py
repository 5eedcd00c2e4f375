"""Schedules: how the rate moves with the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from engine.registry import Kind, Registry, register


class Schedule(Kind, frozen=True):
    """The factor by which the optimiser's rate is multiplied at a step."""

    registry: ClassVar[Registry[Schedule]] = Registry("schedule")


@register("Constant")
class Constant(Schedule, tag="constant", frozen=True):
    """The rate stays as it is set."""


if TYPE_CHECKING:
    AnySchedule = Schedule
else:
    AnySchedule = Schedule.registry.union()
