"""Several optimisers from one start: on surfaces with known minima, or down the loss of a network."""

from engine.race.race import MOST, Race, Track, race_of, race_on
from engine.race.surfaces import SURFACES, Surface

__all__ = ["MOST", "SURFACES", "Race", "Surface", "Track", "race_of", "race_on"]
