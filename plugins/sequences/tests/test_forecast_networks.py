"""Forecasting networks: shapes of the source, intervals, gaps, own files, learning, resuming."""

import numpy as np
import pytest
from lab_sequences.forecasting.config import ForecastConfig, ForecastOptions
from lab_sequences.forecasting.generated import five_waves, trend_sine
from lab_sequences.forecasting.grid import Grid
from lab_sequences.forecasting.learner import normal_loss
from lab_sequences.forecasting.networks import make_network
from lab_sequences.forecasting.streams import load_spans, shape_of

from lab_app.applying.results import results
from lab_app.testing import check_task
from lab_core.errors import LabError, UsageError
from lab_core.items.series import Series

NAN = float("nan")


def series(values, names=None):
    values = np.asarray(values, np.float64)
    values = values[:, None] if values.ndim == 1 else values
    return Series(np.arange(len(values), dtype=np.float64), values, names or tuple(f"v{n}" for n in range(values.shape[1])))


def one(model, item, **options):
    return next(results(model, [item], ForecastOptions(**options)))


@pytest.fixture(scope="module")
def book(trainer):
    """The source's autoregression after a few updates: 30 steps in, 10 out."""
    made = trainer("forecast-ar", "input_window=30", "output_window=10", "season=200")
    made.advance(6)
    return made.model()


def test_a_thousand_steps_give_970_fitted_and_250_forecast_values(book):
    found = one(book, series(trend_sine(1000), ("value",)), horizon=250)
    assert len(found.part("observed").times) == 1000
    assert len(found.part("fitted").times) == 970
    assert found.part("fitted").times[0] == 30
    ahead = found.part("forecast")
    assert (len(ahead.times), ahead.times[0], ahead.times[-1]) == (250, 1000, 1249)
    assert (ahead.low <= ahead.high).all()
    assert np.isnan(found.part("observed").low).all()


def test_fitted_values_are_forecasts_from_the_window_before(book):
    values = trend_sine(400)
    fitted = one(book, series(values, ("value",)), horizon=1).part("fitted")
    grid = Grid("number", 0.0, 1.0)
    for start in (30, 250):
        window = values[start - 30 : start] / book.scale_of(values)
        mean, _ = book.ahead(window[None], np.array([float(start)]), grid, 10)
        expected = mean[0] * book.scale_of(values)
        np.testing.assert_allclose(fitted.values[start - 30 : start - 20], expected, rtol=1e-4)


def test_forecast_moves_and_stretches_with_the_series(book):
    values = trend_sine(300)
    plain = one(book, series(values, ("value",)), horizon=25).part("forecast")
    moved = one(book, series(values * 50 + 1e4, ("value",)), horizon=25).part("forecast")
    np.testing.assert_allclose(moved.values, plain.values * 50 + 1e4, rtol=1e-4)
    np.testing.assert_allclose(moved.high - moved.low, 50 * (plain.high - plain.low), rtol=1e-3)


def test_other_series_and_more_columns_are_forecast_too(book):
    found = one(book, series(five_waves(100)), horizon=20, fitted=False)
    assert found.part("forecast").values.shape == (20, 5)
    alone = one(book, series(five_waves(100)[:, 2], ("v2",)), horizon=20, fitted=False)
    np.testing.assert_allclose(found.part("forecast").values[:, 2], alone.part("forecast").values[:, 0], rtol=1e-5)


def test_gaps_never_make_the_forecast_a_gap(book):
    values = trend_sine(200)
    values[[3, 50, 51, 52, 199]] = NAN
    assert np.isfinite(one(book, series(values, ("value",)), horizon=30).part("forecast").values).all()


def test_too_short_a_series_is_refused_in_one_line(book):
    with pytest.raises(LabError, match=r"has 12 steps; the model reads 30"):
        one(book, series(np.arange(12.0)), horizon=2)
    with pytest.raises(UsageError, match="horizon of 99 steps is longer than the history of 40"):
        one(book, series(np.arange(40.0)), horizon=99)


def test_a_joint_network_reads_all_its_columns(trainer):
    made = trainer("forecast-lstm-multivariate")
    made.advance(6)
    model = made.model()
    found = one(model, series(five_waves(100)), horizon=100)
    assert found.part("forecast").values.shape == (100, 5)
    with pytest.raises(LabError, match=r"forecasts 5 values at once .*; the series has 1"):
        one(model, series(np.arange(99.0)), horizon=2)


def test_normal_loss_by_hand():
    assert float(normal_loss(0.0, 0.0)) == pytest.approx(0.5 * np.log(2 * np.pi))
    expected = -np.log(np.exp(-0.5 * (1.5 / 2) ** 2) / (2 * np.sqrt(2 * np.pi)))
    assert float(normal_loss(1.5, np.float32(np.log(2)))) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["ar", "lstm", "gru", "nbeats"])
def test_networks_forecast_every_position_from_the_past_alone(kind):
    config = ForecastConfig(network=kind, layers=2, units=8, harmonics=1, loss="normal")
    net = make_network(config, inputs=8, outputs=3, columns=2)
    rng = np.random.default_rng(0)
    window, time = rng.standard_normal((1, 8, 2)).astype(np.float32), rng.standard_normal((1, 8, 2)).astype(np.float32)
    means, spreads = net.run(window, time)
    assert means.shape == spreads.shape == (1, net.positions, 3, 2)
    changed = window.copy()
    changed[:, -1] += 5  # seen by the last position only
    after, _ = net.run(changed, time)
    assert not np.allclose(after[:, -1], means[:, -1])
    np.testing.assert_allclose(after[:, :-1], means[:, :-1], atol=1e-5)


def test_windows_never_reach_into_validation(trainer):
    made = trainer("forecast-ar", "data=sunspots", "input_window=20", "output_window=5")
    rows = made.spans[0].train_rows
    assert rows == 217  # of 309 years, 46 each for validation and test
    assert made.starts.max() + 25 == rows
    places = made.places(0, 50)
    assert places.min() >= 0
    assert places.max() + 25 <= rows


def test_several_series_of_one_file_are_learnt_without_windows_across(tmp_path, trainer, score):
    rows = ["series,when,sales"]
    for name, level in (("north", 10), ("south", 50)):
        rows += [
            f"{name},{2000 + step // 12}-{step % 12 + 1:02}-01,{level + np.sin(step / 2) + step % 3:.3f}" for step in range(96)
        ]
    file = tmp_path / "shops.csv"
    file.write_text("\n".join(rows))
    made = trainer("forecast-ar", f"data={file}", "input_window=12", "output_window=4")
    assert [span.train_rows for span in made.spans] == [76, 76]
    assert sorted(made.starts.tolist()) == [*range(61), *range(76, 137)]
    made.advance(6)
    found = score("forecast-ar", made.model(), f"data={file}", protocol="test", count=10)
    assert len(found.scores) >= 2
    assert np.isfinite(found.value)


def test_any_column_names_will_do_and_wrong_ones_are_named(tmp_path, trainer):
    rows = [f"{step * 0.5},{np.sin(step):.4f},shop{step % 3}" for step in range(120)]
    file = tmp_path / "odd.csv"
    file.write_text("\n".join(["tick,Höhe (m),note", *rows]))
    made = trainer("forecast-ar", f"data={file}", "time=tick", "columns=Höhe (m)", "input_window=12", "output_window=4")
    assert made.spans[0].names == ("Höhe (m)",)
    assert made.spans[0].grid.step == 0.5
    with pytest.raises(LabError, match=r"line 2, column 'note': 'shop0' is not a number.*columns=NAME"):
        trainer("forecast-ar", f"data={file}", "time=tick")
    with pytest.raises(UsageError, match="Did you mean tick"):
        trainer("forecast-ar", f"data={file}", "time=ticks")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["2024-01-02,1", "2024-01-01,2"], "stands after"),
        (["2024-01-01,1", "2024-01-01,2"], "is there twice"),
        (["2024-01-01,1"], "holds 1 rows; at least 20"),
    ],
)
def test_bad_times_are_named(tmp_path, trainer, rows, message):
    file = tmp_path / "bad.csv"
    file.write_text("\n".join(["date,value", *rows]))
    with pytest.raises(LabError, match=message):
        trainer("forecast-ar", f"data={file}")


def test_windows_are_chosen_from_season_and_length(config):
    for data, season in (("el-nino", 12), ("seattle-weather", 365), ("trend-sine", 200)):
        settings = config("forecast-lstm", f"data={data}", "input_window=0", "output_window=0")
        shape = shape_of(settings, load_spans(settings))
        assert shape.season == season
        assert shape.inputs >= 2 * shape.outputs or shape.inputs >= season
    settings = config("forecast-lstm", "data=trend-sine", "input_window=4000", "output_window=50")
    spans = load_spans(settings)
    with pytest.raises(UsageError, match=r"window of 4000 \+ 50 does not fit"):
        shape_of(settings, spans)


@pytest.mark.learning
def test_autoregression_learns_the_sine_and_its_trend(trainer, score):
    settings = "steps=600 input_window=100 output_window=50 batch_size=64 updates_per_slice=100 learning_rate=0.01 media_every=0"
    made = trainer("forecast-ar", *settings.split())
    while made.step < 600:
        made.advance(600)
    found = score("forecast-ar", made.model(), protocol="test", count=9)
    assert found.value < 0.3  # the last value repeated has 0.6, the season before 1.0
    assert 0.6 < found.figures["coverage"] < 0.98


@pytest.mark.parametrize("task", ["forecast-lstm"])
def test_task_conforms(task, tmp_path):
    check_task(task, tmp_path)
