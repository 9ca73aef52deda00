"""What kind of data a column holds, said where the column is defined: `mapped_column(info=K3)`.

The trail is never erased and read by many, so it tells K1 and K2 and masks K3 and K4; a column
without a class is masked too, and fails a test. Keys of rows (`id`, foreign keys) need no class.
"""

import sqlalchemy as sa

K1 = {"data_class": "K1"}  # open: a cooperative's entry in the register, what is announced
K2 = {
    "data_class": "K2"
}  # of the office's work: states, days, figures, names of people in function
K3 = {"data_class": "K3"}  # personal: phone and e-mail, and what is typed freely about people
K4 = {"data_class": "K4"}  # specific or secret: citizen number, needs, passwords, tokens

TOLD = ("K1", "K2")


def is_key(column: sa.Column) -> bool:
    return column.primary_key or bool(column.foreign_keys)


def class_of(column: sa.Column) -> str | None:
    """K1 to K4; None for a key, and for a column that nobody classified."""
    return column.info.get("data_class")


def may_be_told(column: sa.Column) -> bool:
    return is_key(column) or class_of(column) in TOLD
