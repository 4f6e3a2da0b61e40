"""PQN: targets against the definition, stacks against the replay, the update against plain differentiation, and learning."""

import numpy as np
import pytest
import tensorflow as tf
from lab_dqn.pqn.config import PQNConfig
from lab_dqn.pqn.learner import PQNLearner
from lab_dqn.pqn.rollout import Rollout, lambda_targets
from lab_dqn.pqn.tasks import tasks
from lab_dqn.replay import Replay

from lab_app.testing import check_task
from lab_core.config import from_dict, resolve
from lab_core.errors import UsageError

GAMMA = 0.9


def column(*values, kind=np.float32):
    return np.array(values, kind)[:, None]


def test_targets_by_hand():
    """Three steps: r = 1, 2, 4; values 10, 20, 30, 40; lambda a half."""
    nothing = column(0, 0, 0, kind=bool)
    found = lambda_targets(column(1, 2, 4), nothing, nothing, column(10, 20, 30, 40), gamma=GAMMA, trace=0.5)
    third = 4 + 0.9 * 40
    second = 2 + 0.9 * (0.5 * third + 0.5 * 30)
    first = 1 + 0.9 * (0.5 * second + 0.5 * 20)
    np.testing.assert_allclose(found[:, 0], [first, second, third], rtol=1e-6)


def forward_view(rewards, terminals, begun, best, trace):
    """The definition: n-step returns of every length, weighted by (1 - lambda) lambda^(n-1), within one game."""
    length = len(rewards)
    returns = np.zeros(length)
    for t in range(length):
        total, weight, discounted = 0.0, 1.0, 0.0
        for n in range(1, length - t + 1):
            at = t + n - 1
            discounted += GAMMA ** (n - 1) * rewards[at]
            ends = terminals[at]
            bootstrap = 0.0 if ends else GAMMA**n * best[at + 1]
            last = ends or at + 1 == length or begun[at + 1]
            share = weight if last else weight * (1 - trace)
            total += share * (discounted + bootstrap)
            weight -= share
            if last:
                break
        returns[t] = total
    return returns


@pytest.mark.parametrize("trace", [0.0, 0.65, 1.0])
def test_targets_equal_the_forward_view(trace):
    rng = np.random.default_rng(3)
    rewards, best = rng.normal(size=(40, 1)).astype(np.float32), rng.normal(size=(41, 1)).astype(np.float32)
    terminals = rng.random((40, 1)) < 0.1
    begun = rng.random((40, 1)) < 0.1
    terminals &= ~begun
    found = lambda_targets(rewards, terminals, begun, best, gamma=GAMMA, trace=trace)
    wanted = forward_view(rewards[:, 0], terminals[:, 0], begun[:, 0], best[:, 0], trace)
    learnt = ~begun[:, 0]
    assert 25 < learnt.sum() < 40
    np.testing.assert_allclose(found[learnt, 0], wanted[learnt], rtol=1e-4, atol=1e-5)


def test_stacks_equal_the_replays_across_games_and_rollouts():
    rng = np.random.default_rng(0)
    count, length, shape = 3, 6, (5, 4)
    sizes = {"environments": count, "frame_shape": shape, "frame_dtype": np.uint8, "history": 4}
    rollouts = [Rollout(length=length, **sizes) for _ in range(2)]
    replay = Replay(slots=200, n_step=1, gamma=0.99, reward_clip=None, **sizes)
    frames = rng.integers(1, 256, (count, *shape), dtype=np.uint8)
    rollouts[0].begin(frames)
    replay.begin(frames)
    for number in range(5):
        now, later = rollouts[number % 2], rollouts[1 - number % 2]
        for t in range(length):
            np.testing.assert_array_equal(now.newest(t), replay.newest())
            actions, rewards = np.zeros(count, np.int32), np.zeros(count, np.float32)
            begun = rng.random(count) < 0.25
            frames = rng.integers(1, 256, (count, *shape), dtype=np.uint8)
            now.append(t, actions, rewards, begun, begun, frames)
            replay.append(actions, rewards, begun, begun, frames)
        np.testing.assert_array_equal(now.newest(length), replay.newest())
        chosen = rng.permutation(length * count)
        whole = np.concatenate([now.newest(t).copy() for t in range(length)])
        np.testing.assert_array_equal(now.gather(chosen), whole[chosen])
        later.follow(now)


def test_update_equals_plain_differentiation_and_clips_the_whole_gradient():
    config = from_dict(PQNConfig, {"game": "", "env": "CartPole-v1", "network": "mlp", "mlp_layers": (8,), "optimizer": "adam",
                                   "max_grad_norm": 0.01, "learning_rate": 0.1, "adam_epsilon": 1e-3})  # fmt: skip
    learner = PQNLearner(config, observation_shape=(3,), actions=2, seed=1)
    rng = np.random.default_rng(1)
    seen = rng.normal(size=(1, 16, 3)).astype(np.float32)
    action, goal = rng.integers(0, 2, (1, 16)).astype(np.int32), rng.normal(size=(1, 16)).astype(np.float32)
    weight = (rng.random((1, 16)) < 0.8).astype(np.float32)
    kernel, scale, shift, last, bias = (tf.Variable(variable.numpy()) for variable in learner.online.variables)
    with tf.GradientTape() as tape:
        hidden = seen[0] @ kernel
        mean, variance = tf.nn.moments(hidden, [-1], keepdims=True)
        hidden = tf.nn.relu(scale * (hidden - mean) / tf.sqrt(variance + 1e-6) + shift)
        values = tf.reduce_sum((hidden @ last + bias) * tf.one_hot(action[0], 2), -1)
        loss = tf.reduce_sum(weight[0] * (goal[0] - values) ** 2) / 16 / 2
    gradients = tape.gradient(loss, [kernel, scale, shift, last, bias])
    norm = np.sqrt(sum(float(tf.reduce_sum(gradient**2)) for gradient in gradients))
    assert norm > 0.01
    found = learner.updates(seen, action, goal, weight).numpy()
    np.testing.assert_allclose(found[[0, 2]], [float(loss), norm], rtol=1e-5)
    weights = [kernel, scale, shift, last, bias]
    clipped = [gradient * 0.01 / norm for gradient in gradients]
    tf.keras.optimizers.legacy.Adam(0.1, epsilon=1e-3).apply_gradients(list(zip(clipped, weights, strict=True)))
    for ours, theirs in zip(learner.online.variables, weights, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=2e-6)


def test_actor_changes_only_when_it_is_published():
    config = from_dict(PQNConfig, {"game": "", "env": "CartPole-v1", "network": "mlp", "mlp_layers": (8,)})
    learner = PQNLearner(config, observation_shape=(3,), actions=2)
    learner.publish()
    seen = np.ones((4, 3), np.float32)
    before = learner.look(seen)[1].numpy()
    actions = np.array([[0, 1, 0, 1]], np.int32)
    for _ in range(30):
        learner.updates(seen[None], actions, np.full((1, 4), 9, np.float32), np.ones((1, 4), np.float32))
    np.testing.assert_array_equal(learner.look(seen)[1].numpy(), before)
    learner.publish()
    assert (learner.look(seen)[1].numpy() > before).all()


@pytest.mark.parametrize("task_id", ["pqn-breakout", "pqn-cartpole"])
def test_task_conforms(task_id, tmp_path):
    check_task(task_id, tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("minibatches=7", "nearest is minibatches=8"), ("epsilon_start=0.0001", "epsilon_end"), ("trace=1.5", "trace")],
)
def test_contradictions_are_refused_with_what_to_do(text, message):
    with pytest.raises(UsageError, match=message):
        resolve(PQNConfig, tasks()[0].preset("default"), overrides=[text])


@pytest.mark.learning
def test_cartpole_is_learnt_within_half_of_the_budget(tmp_path):
    from lab_core.config import to_dict
    from lab_core.registry.discovery import discover
    from lab_core.runs.opening import load_model
    from lab_core.training.evaluation import evaluate
    from lab_core.training.job import execute
    from lab_core.training.spec import JobSpec

    registry, _ = discover()
    task = registry.task("pqn-cartpole")
    config = resolve(PQNConfig, task.preset("default"), overrides=["steps=200000", "epsilon_steps=100000", "stop_at_score=480"])
    spec = JobSpec(task=task.id, config=to_dict(config), seed=1, device="cpu", runs_dir=str(tmp_path), evaluate=False)
    run = execute(spec, registry).run
    model = load_model(task, run.model_folder("best"), device="cpu")
    scores = evaluate(registry.benchmark_of(task, config), model, count=50, seed=10_000).scores
    assert sum(scores) / 50 >= 400
