"""From scrap to new packs: black-mass lots fill month by month, are refined in the next, and new packs draw on the products.

All amounts are whole grams, so that what is drawn never exceeds what is there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from meguri.battery import Element, Part
from meguri.simulate.identities import BLACK_MASS, MATERIAL, lot
from meguri.simulate.models import ELEMENTS
from meguri.simulate.parameters import Parameters

NAMES: tuple[Element, ...] = ("Li", "Ni", "Co")
GRAMS = 1000


def kilograms(grams: Sequence[int]) -> dict[Element, float]:
    """Grams of `ELEMENTS` as events state them; what is not there is left out."""
    return {name: held / GRAMS for name, held in zip(NAMES, grams, strict=True) if held}


@dataclass(slots=True)
class Lot:
    """A lot with what is left in it: its mass, and grams of `ELEMENTS`."""

    id: str
    mass_g: int = 0
    elements_g: list[int] = field(default_factory=lambda: [0] * len(ELEMENTS))

    def part(self) -> Part:
        return Part(
            id=self.id, kind="lot", mass_kg=self.mass_g / GRAMS, elements_kg=kilograms(self.elements_g)
        )


@dataclass(slots=True)
class Works:
    """The recyclers and refiners: `filling` are this month's lots of black mass by recycler, `stock` the refined lots by element."""

    parameters: Parameters
    filling: dict[int, Lot] = field(default_factory=dict)
    stock: tuple[deque[Lot], ...] = field(default_factory=lambda: tuple(deque() for _ in ELEMENTS))
    made: int = 0

    def shred(self, recycler: int, month: str, mass_g: int, elements_g: Sequence[int]) -> Part:
        """What modules of this mass and content add to the recycler's lot of the month."""
        recycling = self.parameters["recycling"]
        held = self.filling.get(recycler)
        if held is None:
            held = self.filling[recycler] = Lot(lot(BLACK_MASS, f"B{month}-{recycler + 1}"))
        kept = [int(grams * recycling["shredding_yield"].value) for grams in elements_g]
        mass = int(mass_g * recycling["black_mass_share"].value)
        held.mass_g += mass
        held.elements_g = [had + more for had, more in zip(held.elements_g, kept, strict=True)]
        return Part(id=held.id, kind="lot", mass_kg=mass / GRAMS, elements_kg=kilograms(kept))

    def full(self) -> list[Lot]:
        """The lots of the month that ends; new ones are begun."""
        lots = list(self.filling.values())
        self.filling = {}
        return lots

    def refine(self, black_mass: Lot, month: str) -> list[Lot]:
        """The products of a lot, one for each element that is in it."""
        products = []
        for place, name in enumerate(NAMES):
            grams = int(black_mass.elements_g[place] * self.parameters["refining_yield"][name].value)
            if grams:
                self.made += 1
                product = Lot(
                    lot(MATERIAL + place, f"M{month}-{self.made}"),
                    int(grams * self.parameters["compound_per_element"][name].value),
                )
                product.elements_g[place] = grams
                products.append(product)
        return products

    def store(self, products: Sequence[Lot]) -> None:
        """Products can be drawn from now on."""
        for product in products:
            place = next(at for at, grams in enumerate(product.elements_g) if grams)
            self.stock[place].append(product)

    def draw(self, elements_g: Sequence[int]) -> tuple[Part, ...]:
        """Recycled material for a new pack of this content: of each element the most that is wanted, from the oldest lot."""
        most = self.parameters["making"]["recycled_share_most"].value
        taken = []
        for place, wanted in enumerate(elements_g):
            lots = self.stock[place]
            if not lots or not wanted:
                continue
            oldest = lots[0]
            there = oldest.elements_g[place]
            grams = min(int(wanted * most), there)
            mass = oldest.mass_g * grams // there
            drawn = [0] * len(ELEMENTS)
            drawn[place] = grams
            oldest.elements_g[place] -= grams
            oldest.mass_g -= mass
            if grams == there:
                lots.popleft()
            taken.append(Part(id=oldest.id, kind="lot", mass_kg=mass / GRAMS, elements_kg=kilograms(drawn)))
        return tuple(taken)
