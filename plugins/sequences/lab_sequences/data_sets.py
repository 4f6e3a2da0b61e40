"""The data sets of this plugin. Data only."""

from lab_core.data import DataSet
from lab_sequences.classification.data_sets import data_sets as sequences
from lab_sequences.forecasting.data_sets import data_sets as series


def data_sets() -> list[DataSet]:
    """Every data set of this plugin."""
    return [*sequences(), *series()]
