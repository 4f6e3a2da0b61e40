"""Forecasting: what comes next in a series, with intervals, beside naive and statistical methods."""
