"""Compiling where nothing can be kept on disk."""

from lab_tabular import compiling


def double(value):
    return 2 * value


def test_a_read_only_installation_compiles_without_a_cache(monkeypatch):
    real = compiling.njit

    def njit(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function 'double': no locator available for file")
        return real(**options)

    monkeypatch.setattr(compiling, "njit", njit)
    assert compiling.compiled(double)(21) == 42


def test_division_by_zero_is_infinite_not_an_error():
    assert compiling.compiled(lambda value: 1.0 / value)(0.0) == float("inf")
