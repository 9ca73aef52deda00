"""One table of figures: what, on what, measured, budget."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure. `budget` is the most it may be, `least` the least; None: only told."""

    name: str
    where: str
    value: float
    unit: str
    budget: float | None = None
    least: float | None = None

    @property
    def is_kept(self) -> bool:
        within = self.budget is None or self.value <= self.budget
        return within and (self.least is None or self.value >= self.least)

    @property
    def bounds(self) -> str:
        if self.least is not None and self.least == self.budget:
            return f"= {self.least:g} {self.unit}"
        bounds = (("≥", self.least), ("≤", self.budget))
        return ", ".join(
            f"{sign} {bound:g} {self.unit}" for sign, bound in bounds if bound is not None
        )

    def as_dict(self) -> dict:
        return asdict(self) | {"kept": self.is_kept}


def show(figures: list[Figure]) -> str:
    rows = [("figure", "on", "measured", "budget", "")]
    for f in figures:
        measured = f"{f.value:.4g} {f.unit}"
        rows.append((f.name, f.where, measured, f.bounds, "" if f.is_kept else "MISSED"))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)
