"""Which item of the books a product probably is: by its SKU, its barcode, or its name.

Pure, and the same for the same lists in any order. Names are alike by the runs of letters they
share (Dice's coefficient over the trigrams of their words, in the order of the alphabet); a word
with a digit in it says a size or a model, and has to stand on both sides. Of several items that are
equally alike none is proposed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

ALIKE = 80  # per cent from which a name is proposed
RAREST = 4  # words by which candidates are found
MOST_CANDIDATES = 400  # a word that more items have says nothing
WORD = re.compile(r"[^\W_]+")
PARTS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\W\d_]+|\d+")
BARCODES = ("barcode", "bar_code", "ean", "upc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of the books. `barcodes` are what else it is known by."""

    code: str
    name: str = ""
    barcodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """`by` is sku, barcode or name; `likeness` of the names in per cent, 100 for what is equal."""

    item: Item
    by: str
    likeness: int = 100


def bare(text: str) -> str:
    """Letters and digits only, folded: "KR-MUG 01" is "krmug01"."""
    return "".join(WORD.findall(text.casefold()))


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is compared."""

    grams: frozenset[str]
    words: tuple[str, ...]
    numbers: frozenset[str]


def name_of(text: str) -> Name:
    """ "Kopi Beans 500g" and "500 G kopi beans" are the same."""
    parts = sorted(PARTS.findall(text.casefold()))
    padded = [f" {part} " for part in parts]
    grams = {part[at : at + 3] for part in padded for at in range(len(part) - 2)}
    numbers = frozenset(part for part in parts if part.isdigit())
    return Name(frozenset(grams), tuple(dict.fromkeys(parts)), numbers)


def likeness(one: Name, other: Name) -> int:
    """Per cent, rounded down; 0 where their numbers differ."""
    if one.numbers != other.numbers or not (one.grams and other.grams):
        return 0
    return 200 * len(one.grams & other.grams) // (len(one.grams) + len(other.grams))


@dataclass(slots=True)
class Items:
    """All items of the books, ready to be looked through."""

    by_code: dict[str, Item] = field(default_factory=dict)
    by_bare: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    by_barcode: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    names: list[tuple[Item, Name]] = field(default_factory=list)
    by_word: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, items: Iterable[Item]) -> Items:
        found = cls()
        for item in sorted(items, key=lambda each: each.code):
            found._add(item)
        return found

    def _add(self, item: Item) -> None:
        self.by_code[item.code.strip().casefold()] = item
        self.by_bare[bare(item.code)].append(item)
        for barcode in {bare(each) for each in item.barcodes} - {""}:
            self.by_barcode[barcode].append(item)
        name = name_of(item.name)
        if name.grams:
            for word in name.words:
                self.by_word[word].append(len(self.names))
            self.names.append((item, name))

    def proposal(self, *, sku: str, barcode: str, name: str) -> Proposal | None:
        """The item that a product probably is; the surest way first."""
        if item := self._by_sku(sku):
            return Proposal(item=item, by="sku")
        if item := self._by_barcode(barcode):
            return Proposal(item=item, by="barcode")
        return self._by_name(name)

    def _by_sku(self, sku: str) -> Item | None:
        exact = self.by_code.get(sku.strip().casefold()) if sku.strip() else None
        return exact or _only(self.by_bare, bare(sku))

    def _by_barcode(self, barcode: str) -> Item | None:
        """Some books have the barcode as the item's code."""
        known = bare(barcode)
        return _only(self.by_barcode, known) or _only(self.by_bare, known)

    def _by_name(self, text: str) -> Proposal | None:
        wanted = name_of(text)
        found: list[tuple[int, str, Item]] = []
        for place in self._candidates(wanted):
            item, name = self.names[place]
            if (alike := likeness(wanted, name)) >= ALIKE:
                found.append((alike, item.code, item))
        best = max((alike for alike, _, _ in found), default=0)
        of_best = [item for alike, _, item in found if alike == best]
        if len(of_best) != 1:
            return None
        return Proposal(item=of_best[0], by="name", likeness=best)

    def _candidates(self, wanted: Name) -> set[int]:
        """Items that share one of the product's rarest words."""
        known = [self.by_word[word] for word in wanted.words if word in self.by_word]
        rare = sorted((places for places in known if len(places) <= MOST_CANDIDATES), key=len)
        return {place for places in rare[:RAREST] for place in places}


def _only(found: Mapping[str, list[Item]], wanted: str) -> Item | None:
    items = found.get(wanted, []) if wanted else []
    return items[0] if len(items) == 1 else None


def barcodes_in(detail: Mapping[str, str]) -> tuple[str, ...]:
    """The barcodes in what the books say of an item beside its name."""
    return tuple(detail[name] for name in BARCODES if detail.get(name))
