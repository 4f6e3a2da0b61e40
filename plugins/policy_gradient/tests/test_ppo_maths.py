"""The mathematics of PPO and A2C against values worked out by hand and against SciPy."""

import numpy as np
import pytest
from lab_policy_gradient.ppo.normalise import Moments, RewardScale, normalised
from lab_policy_gradient.ppo.returns import advantages, explained_variance
from scipy import stats


def column(*values, kind=np.float32):
    return np.array(values, kind)[:, None]


def no(count):
    return np.zeros((count, 1), np.bool_)


def test_gae_of_three_steps_by_hand():
    # gamma 0.5, lambda 0.5: deltas 1 + 0.5*2 - 1 = 1, 2 + 0.5*4 - 2 = 2, 3 + 0.5*6 - 4 = 2
    found = advantages(column(1, 2, 3), column(1, 2, 4, 6), no(3), no(3), no(3), gamma=0.5, lambda_=0.5)
    np.testing.assert_allclose(found[:, 0], [1 + 0.25 * (2 + 0.25 * 2), 2 + 0.25 * 2, 2])


def test_a_terminal_bootstraps_from_nothing_and_a_cut_from_the_last_observation():
    ends = column(False, True, False, kind=bool)
    begun = column(False, False, True, kind=bool)
    values = column(1, 2, 4, 6)
    terminal = advantages(column(1, 2, 9), values, ends, ends, begun, gamma=0.5, lambda_=1.0)
    np.testing.assert_allclose(terminal[:, 0], [1 + 0.5 * 2 - 1 + 0.5 * (2 - 2), 2 - 2, 0])
    cut = advantages(column(1, 2, 9), values, no(3), ends, begun, gamma=0.5, lambda_=1.0)
    np.testing.assert_allclose(cut[:, 0], [1 + 0.5 * 2 - 1 + 0.5 * (2 + 0.5 * 4 - 2), 2 + 0.5 * 4 - 2, 0])


def test_nothing_flows_back_over_the_step_that_begins_an_episode():
    ends, begun = column(True, False, False, kind=bool), column(False, True, False, kind=bool)
    one = advantages(column(1, 0, 5), column(0, 0, 0, 0), ends, ends, begun, gamma=1.0, lambda_=1.0)
    other = advantages(column(1, 0, 500), column(0, 0, 9, 9), ends, ends, begun, gamma=1.0, lambda_=1.0)
    assert one[0] == other[0] == 1.0
    assert one[1] == other[1] == 0.0


def test_a_lost_life_ends_learning_without_a_step_that_begins():
    lost = column(False, True, False, kind=bool)
    found = advantages(column(0, 1, 1), column(0, 0, 3, 5), lost, lost, no(3), gamma=1.0, lambda_=1.0)
    np.testing.assert_allclose(found[:, 0], [1, 1, 1 + 5 - 3])


def test_gae_with_lambda_one_is_the_discounted_return_less_the_value():
    rng = np.random.default_rng(0)
    rewards, values = rng.normal(size=(6, 2)).astype(np.float32), rng.normal(size=(7, 2)).astype(np.float32)
    none = np.zeros((6, 2), np.bool_)
    found = advantages(rewards, values, none, none, none, gamma=0.9, lambda_=1.0)
    powers = 0.9 ** np.arange(7)
    for start in range(6):
        wanted = powers[: 6 - start] @ rewards[start:] + powers[6 - start] * values[-1] - values[start]
        np.testing.assert_allclose(found[start], wanted, rtol=1e-4, atol=1e-5)


def test_moments_of_batches_are_those_of_everything():
    rng = np.random.default_rng(0)
    batches = [rng.normal(3, 2, size=(count, 4)) for count in (1, 5, 0, 30)]
    moments = Moments((4,))
    for batch in batches:
        moments.update(batch)
    everything = np.concatenate(batches)
    np.testing.assert_allclose(moments.mean, everything.mean(axis=0))
    np.testing.assert_allclose(moments.variance, everything.var(axis=0))
    other = Moments((4,))
    other.restore(moments.state())
    other.update(everything)
    moments.update(everything)
    np.testing.assert_array_equal(other.variance, moments.variance)


def test_normalised_observations_by_hand():
    found = normalised(np.array([[3.0, 1e9]]), np.array([1.0, 0.0]), np.array([4.0, 1.0]), clip=10.0)
    np.testing.assert_allclose(found, [[1.0, 10.0]])
    assert found.dtype == np.float32


def test_rewards_are_divided_by_the_deviation_of_the_discounted_return():
    scale = RewardScale(1, gamma=0.5, clip=10.0)
    never, always = np.array([False]), np.array([True])
    returns = []
    total = 0.0
    for reward in (1.0, 3.0, -2.0):
        total = 0.5 * total + reward
        returns.append(total)
        found = scale(np.array([reward]), never)
    assert found == pytest.approx(-2.0 / np.std(returns))
    scale(np.array([1.0]), always)
    scale(np.array([1.0]), never)
    assert scale.returns == 1.0  # began again after the end


def test_explained_variance_of_a_perfect_and_a_constant_critic():
    returns = np.array([1.0, 2.0, 3.0])
    assert explained_variance(returns, returns) == 1.0
    assert explained_variance(np.zeros(3), returns) == 0.0
    assert explained_variance(np.zeros(3), np.ones(3)) == 0.0


def test_clipped_surrogate_by_hand():
    from lab_policy_gradient.ppo.losses import clipped_surrogate

    ratio = np.array([1.5, 0.5, 1.5, 0.5, 1.1], np.float32)
    advantage = np.array([2.0, 2.0, -2.0, -2.0, 1.0], np.float32)
    # gains stop at 1.2 * A and 0.8 * A, losses count in full
    np.testing.assert_allclose(clipped_surrogate(ratio, advantage, 0.2), [-2.4, -1.0, 3.0, 1.6, -1.1], rtol=1e-6)


def test_value_error_with_and_without_clipping_by_hand():
    from lab_policy_gradient.ppo.losses import value_error

    values, old, returns = (np.array(v, np.float32) for v in ([2.0, 0.1], [0.0, 0.0], [2.0, 1.0]))
    np.testing.assert_allclose(value_error(values, old, returns, None), [0.0, 0.405], rtol=1e-6)
    # a value that moved by 2 is held at 0.2 where that is the worse one: (0.2 - 2)^2 / 2
    np.testing.assert_allclose(value_error(values, old, returns, 0.2), [1.62, 0.405], rtol=1e-6)


def test_categorical_log_probability_and_entropy_are_scipys():
    from lab_policy_gradient.ppo.losses import categorical

    logits = np.array([[0.0, 1.0, -2.0], [3.0, 3.0, 3.0]], np.float32)
    chosen, entropy = categorical(logits, np.array([1, 2]))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(chosen, np.log(probabilities[[0, 1], [1, 2]]), rtol=1e-5)
    np.testing.assert_allclose(entropy, [stats.entropy(row) for row in probabilities], rtol=1e-5)


def test_gaussian_density_and_entropy_are_scipys():
    from lab_policy_gradient.ppo.losses import gaussian

    means, log_stds = np.array([[0.5, -1.0], [2.0, 0.0]], np.float32), np.array([0.3, -0.7], np.float32)
    actions = np.array([[1.0, -1.5], [2.0, 3.0]], np.float32)
    density, entropy = gaussian(means, log_stds, actions)
    for row in range(2):
        other = stats.multivariate_normal(means[row], np.diag(np.exp(2.0 * log_stds)))
        assert float(density[row]) == pytest.approx(other.logpdf(actions[row]), rel=1e-5)
        assert float(entropy[row]) == pytest.approx(other.entropy(), rel=1e-5)


def test_normalised_advantages_by_hand():
    from lab_policy_gradient.ppo.losses import normalised_advantages

    every = np.ones(3, np.float32)
    np.testing.assert_allclose(normalised_advantages(np.array([1.0, 3.0], np.float32), every[:2]), [-1.0, 1.0], rtol=1e-6)
    np.testing.assert_array_equal(normalised_advantages(np.full(3, 2.0, np.float32), every), np.zeros(3))
    chosen = np.array([1.0, 0.0, 1.0], np.float32)
    np.testing.assert_allclose(normalised_advantages(np.array([1.0, 9.0, 3.0], np.float32), chosen)[::2], [-1.0, 1.0], rtol=1e-6)


def test_kl_estimate_is_right_on_average():
    from lab_policy_gradient.ppo.losses import kl_estimate

    rng = np.random.default_rng(0)
    samples = rng.normal(0.0, 1.0, 200_000)
    log_ratio = (stats.norm(0.3, 1.0).logpdf(samples) - stats.norm(0.0, 1.0).logpdf(samples)).astype(np.float32)
    assert float(np.mean(kl_estimate(log_ratio))) == pytest.approx(0.3**2 / 2, rel=0.02)
