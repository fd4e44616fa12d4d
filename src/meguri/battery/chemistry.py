"""What a battery is made of: cathode chemistries and the elements that are followed through the loop."""

from __future__ import annotations

from typing import Literal, get_args

Chemistry = Literal[
    "LCO",
    "LMO",
    "NMC111",
    "NMC532",
    "NMC622",
    "NMC811",
    "NMC",
    "NCA",
    "LFP",
    "LMFP",
    "LTO",
    "NaIon",
    "NiMH",
    "other",
]
CHEMISTRIES: tuple[str, ...] = get_args(Chemistry)

Element = Literal["Li", "Ni", "Co", "Mn", "Cu", "Al", "Fe", "P", "C", "Na"]
"""`C` is graphite; `Fe` and `P` those of the cathode."""
ELEMENTS: tuple[str, ...] = get_args(Element)
