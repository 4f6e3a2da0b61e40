"""Priorities against brute force: how often each transition is drawn, with which weight, and what never is."""

import numpy as np
import pytest
from lab_dqn.replay import Replay
from lab_dqn.sampling import LITTLE, PrioritisedSampler
from lab_dqn.sum_tree import SumTree

ENVIRONMENTS, SLOTS, N_STEP = 2, 12, 2


def filled(steps, begun=()):
    replay = Replay(
        environments=ENVIRONMENTS, slots=SLOTS, frame_shape=(1,), frame_dtype=np.float32, history=1, n_step=N_STEP,
        gamma=0.9, reward_clip=None,
    )  # fmt: skip
    replay.begin(np.zeros((ENVIRONMENTS, 1), np.float32))
    for step in range(steps):
        add(replay, cut=step in begun)
    return replay


def add(replay, cut=False):
    nothing = np.zeros(ENVIRONMENTS)
    frames = np.full((ENVIRONMENTS, 1), replay.position + 1, np.float32)
    replay.append(nothing, nothing, nothing, np.full(ENVIRONMENTS, cut), frames)


def counts(sampler, draws, batch=16, **options):
    """How often each (environment, position) is drawn, by brute force."""
    draw = sampler.draw(np.random.default_rng(0), draws, batch, **options)
    found: dict[tuple[int, int], int] = {}
    for pair in zip(draw.columns.reshape(-1).tolist(), draw.positions.reshape(-1).tolist(), strict=True):
        found[pair] = found.get(pair, 0) + 1
    return found


@pytest.mark.parametrize("count", [1, 2, 5, 8, 37])
def test_every_mass_finds_the_leaf_that_a_linear_search_finds(count):
    rng = np.random.default_rng(count)
    values = np.where(rng.random(count) < 0.3, 0.0, rng.random(count))
    values[rng.integers(count)] = 1.5
    tree = SumTree(count)
    for index in rng.permutation(count):  # one at a time, in any order
        tree.assign(np.array([index]), values[index : index + 1])
    assert tree.total == pytest.approx(values.sum())
    mass = np.append(rng.random(500) * tree.total, [0.0, np.nextafter(tree.total, 0)])
    found = tree.find(mass)
    assert (values[found] > 0).all()
    expected = np.minimum(np.searchsorted(np.cumsum(values), mass, side="right"), np.flatnonzero(values)[-1])
    clear = np.abs(np.cumsum(values)[expected] - mass) > 1e-9  # not on an edge, where rounding decides
    np.testing.assert_array_equal(found[clear], expected[clear])


def test_a_tree_built_from_its_leaves_has_the_same_bits():
    rng = np.random.default_rng(0)
    tree, again = SumTree(100), SumTree(100)
    for _ in range(50):
        tree.assign(rng.integers(0, 100, 8), rng.random(8))
    again.replace(tree.values)
    np.testing.assert_array_equal(tree._tree, again._tree)


def test_of_equal_indices_the_last_value_stays():
    tree = SumTree(4)
    tree.assign(np.array([2, 2]), np.array([5.0, 3.0]))
    assert tree.total == 3.0


def test_new_transitions_are_all_alike_and_only_complete_ones_are_drawn():
    sampler = PrioritisedSampler(filled(6, begun=(3,)), alpha=0.6)
    found = counts(sampler, 2000)
    # six steps, the last one lacks its second step, step 3 was a reset
    assert set(found) == {(column, position) for column in range(2) for position in (0, 1, 2, 4)}
    assert max(found.values()) < 1.1 * min(found.values())


def test_frequencies_and_weights_follow_the_priorities():
    sampler = PrioritisedSampler(filled(8), alpha=0.5)
    pairs = [(column, position) for column in range(2) for position in range(7)]
    error = {pair: 0.1 * (1 + number) for number, pair in enumerate(pairs)}
    error[(1, 3)] = 9.0
    draw = sampler.draw(np.random.default_rng(1), 50, 32)  # every transition is seen at least once
    assert len(set(zip(draw.columns.reshape(-1).tolist(), draw.positions.reshape(-1).tolist(), strict=True))) == len(pairs)
    sampler.learned(draw, np.vectorize(lambda c, p: error[(c, p)])(draw.columns, draw.positions).astype(np.float32))

    p = {pair: (error[pair] + LITTLE) ** 0.5 for pair in pairs}
    total = sum(p.values())
    found = counts(sampler, 5000)
    for pair in pairs:
        assert found[pair] / 80_000 == pytest.approx(p[pair] / total, rel=0.05), pair

    beta = 0.7
    draw = sampler.draw(np.random.default_rng(2), 3, 16, beta=beta)
    for k in range(3):
        drawn = list(zip(draw.columns[k].tolist(), draw.positions[k].tolist(), strict=True))
        weight = np.array([(len(pairs) * p[pair] / total) ** -beta for pair in drawn])
        np.testing.assert_allclose(draw.weights[k], weight / weight.max(), rtol=1e-5)


def test_what_comes_new_has_the_greatest_priority_so_far():
    replay = filled(6)
    sampler = PrioritisedSampler(replay, alpha=1.0)
    draw = sampler.draw(np.random.default_rng(0), 20, 16)
    sampler.learned(draw, np.where((draw.columns == 0) & (draw.positions == 2), 4.0, 0.5).astype(np.float32))
    add(replay)
    found = counts(sampler, 3000)
    # 9 old ones of .5, one of 4, and the two that are complete now, of 4 as well
    for pair, expected in (((0, 0), 0.5), ((0, 2), 4.0), ((0, 5), 4.0), ((1, 5), 4.0)):
        assert found[pair] / 48_000 == pytest.approx(expected / (9 * 0.5 + 3 * 4.0), rel=0.1), pair


def test_what_is_overwritten_is_never_drawn_and_its_slot_starts_anew():
    replay = filled(0)
    sampler = PrioritisedSampler(replay, alpha=0.6)
    rng = np.random.default_rng(0)
    for step in range(60):
        add(replay, cut=step % 7 == 6)
        if step < N_STEP:
            continue
        ahead = step % 3
        draw = sampler.draw(rng, 4, 8, ahead=ahead)
        low, high = replay.complete(ahead)
        assert draw.positions.min() >= low
        assert draw.positions.max() < high
        assert not replay.cut[draw.positions % SLOTS, draw.columns].any()
        # the replay still holds what was drawn: its frame is the number of its position
        np.testing.assert_array_equal(replay.frame[draw.positions % SLOTS, draw.columns, 0], draw.positions)
        sampler.learned(draw, rng.random((4, 8)).astype(np.float32))
        live = [(c, p) for c in range(ENVIRONMENTS) for p in range(sampler.low, sampler.high) if not replay.cut[p % SLOTS, c]]
        assert (sampler.tree.values > 0).sum() == len(live)


def test_a_restored_sampler_draws_the_same():
    replay = filled(9)
    one, other = PrioritisedSampler(replay, alpha=0.6), PrioritisedSampler(replay, alpha=0.6)
    draw = one.draw(np.random.default_rng(0), 4, 8)
    one.learned(draw, np.random.default_rng(1).random((4, 8)).astype(np.float32))
    other.restore(one.state())
    for add_one in (False, True):
        if add_one:
            add(replay)
        drawn = [sampler.draw(np.random.default_rng(5), 4, 8, beta=0.5) for sampler in (one, other)]
        for name in ("columns", "positions", "weights"):
            np.testing.assert_array_equal(getattr(drawn[0], name), getattr(drawn[1], name))


def test_nothing_complete_and_foreign_state_are_refused():
    from lab_core.errors import LabError

    with pytest.raises(ValueError, match="no complete transition"):
        PrioritisedSampler(filled(1), alpha=0.6).draw(np.random.default_rng(0), 1, 4)
    sampler = PrioritisedSampler(filled(6), alpha=0.6)
    for state in ({}, {**sampler.state(), "priorities": np.ones(3)}, {**sampler.state(), "range": np.ones(1)}):
        with pytest.raises(LabError, match="saved priorities"):
            sampler.restore(state)
