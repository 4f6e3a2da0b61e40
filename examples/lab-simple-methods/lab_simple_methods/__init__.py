"""Two methods of one's own on benchmarks that are there: cross-entropy search for a policy, a normal distribution of images."""

from lab_core import Task, hookimpl

lab_interface = 1


@hookimpl
def lab_tasks():
    return [
        Task(
            id="cross-entropy-cartpole",
            title="Cross-entropy search balances a pole",
            family="agents",
            method="cross-entropy",
            benchmark="gym/cartpole",
            config="lab_simple_methods.config:CrossEntropyConfig",
            trainer="lab_simple_methods.cross_entropy:CrossEntropy",
            model="lab_simple_methods.cross_entropy:Linear",
            presets={"smoke": {"steps": 2}, "default": {"steps": 20}},
            step_unit="generations",
            deterministic=True,
            source="Rubinstein 1999; Szita and Lorincz 2006",
        ),
        Task(
            id="normal-mnist",
            title="Digits from a normal distribution over principal components",
            family="generative",
            method="normal",
            benchmark="images/mnist",
            config="lab_simple_methods.config:NormalConfig",
            model="lab_simple_methods.normal:Normal",
            presets={"smoke": {"components": 8}, "default": {}},
        ),
    ]
