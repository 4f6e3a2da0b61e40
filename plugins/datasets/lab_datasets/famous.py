"""The cards of the famous sets."""

from lab_core.data import DataSet

FAMOUS: tuple[DataSet, ...] = ()
