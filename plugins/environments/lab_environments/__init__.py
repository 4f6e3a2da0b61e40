"""Gymnasium and Atari for the lab: building, vectors, protocols, scenes, benchmarks and their evaluator."""

from lab_core.hooks import hookimpl


@hookimpl
def lab_benchmarks():
    from lab_environments.benchmarks import benchmarks

    return benchmarks()
