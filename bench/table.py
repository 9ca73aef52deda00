"""One table of figures: what, on what, measured, budget."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured figure. `budget` is the most it may be; None when it is only told."""

    name: str
    where: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def is_kept(self) -> bool:
        return self.budget is None or self.value <= self.budget

    def as_dict(self) -> dict:
        return asdict(self) | {"kept": self.is_kept}


def show(figures: list[Figure]) -> str:
    rows = [("figure", "on", "measured", "budget", "")]
    for f in figures:
        budget = "" if f.budget is None else f"≤ {f.budget:g} {f.unit}"
        rows.append(
            (f.name, f.where, f"{f.value:.4g} {f.unit}", budget, "" if f.is_kept else "OVER")
        )
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)
