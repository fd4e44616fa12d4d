"""Fleets of plausible lives with known truth: tutorial, load, scoring."""

from meguri.simulate.errors import Alteration, Sent, spoil
from meguri.simulate.fleet import MOST_VEHICLES, Fleet, draw_fleet
from meguri.simulate.lives import events
from meguri.simulate.parameters import parameter_table
from meguri.simulate.truth import Truth, score_flags, true_lives
from meguri.simulate.writing import Written, batches, is_simulated, origin_of, write_fleet

__all__ = [
    "MOST_VEHICLES",
    "Alteration",
    "Fleet",
    "Sent",
    "Truth",
    "Written",
    "batches",
    "draw_fleet",
    "events",
    "is_simulated",
    "origin_of",
    "parameter_table",
    "score_flags",
    "spoil",
    "true_lives",
    "write_fleet",
]
