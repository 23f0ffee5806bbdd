"""Models and scores against scikit-learn, statsmodels and scipy, at the tolerances of docs/internals/forecasts.md,
on seeded numbers and on the real LTC series where it is present."""

import pathlib
import subprocess

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

from testkit import data

ROOT = pathlib.Path(__file__).resolve().parents[2]
YEAR = 365 * 1440


@pytest.fixture(scope="module")
def build():
    builds = [b for b in (ROOT / "build").glob("*/build.ninja") if b.parent.name.startswith(("release", "dev"))]
    assert builds, "no build folder: cmake --preset release"
    newest = max(builds, key=lambda b: b.stat().st_mtime).parent
    subprocess.run(["ninja", "-C", newest, "forecast_dump", "feature_dump"], check=True, stdout=subprocess.DEVNULL)
    return newest / "testkit"


@pytest.fixture
def dump(build, tmp_path):
    def run(command, table, *args):
        files = [tmp_path / "in", tmp_path / "out"]
        np.ascontiguousarray(np.asarray(table, dtype=float).T).tofile(files[0])
        subprocess.run([build / "forecast_dump", command, *files, *map(str, args)], check=True)
        return np.fromfile(files[1])
    return run


def save(path, table):
    np.ascontiguousarray(np.asarray(table, dtype=float).T).tofile(path)
    return path


@pytest.fixture(scope="module")
def ltc(build, tmp_path_factory):
    """The default features of LTC (rows × 20) and the 30-row log return, complete rows only."""
    try:
        table = np.loadtxt(data.shared_data("bitfinex/ltcusd.csv"), delimiter=",", skiprows=1)
    except data.Absent as absent:
        pytest.skip(str(absent))
    table = np.ascontiguousarray(table[:, [0, 1, 3, 4, 2, 5]])
    specs = """log_return_1 log_return_5 log_return_30 log_return_240 sma_30_rel sma_240_rel sma_1440_rel ema_12_rel
        macd_hist_12_26_9_rel rsi_14_rel natr_14 adx_14_rel cci_20_rel mfi_14_rel stoch_k_14_3_3_rel bbands_pctb_20_2
        realized_volatility_30 parkinson_30 volume_zscore_60 elapsed_30""".split()
    folder = tmp_path_factory.mktemp("ltc")
    table.tofile(folder / "rows")
    subprocess.run([build / "feature_dump", folder / "rows", folder / "out", "1m", *specs], check=True)
    features = np.fromfile(folder / "out").reshape(len(specs), len(table)).T[:-30]
    close = table[:, 4]
    target = np.log(close[30:] / close[:-30])
    keep = ~np.isnan(features).any(axis=1)
    return features[keep], target[keep], close


def clip_at(y):
    return 10 * 1.4826 * np.median(np.abs(y - np.median(y)))


def least_squares(x, y):
    """Long double normal equations around the means, solved with refinement: coefficients and condition."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scaled = (x - mean) / scale
    condition = np.linalg.cond(scaled)
    return LinearRegression().fit(scaled, y), mean, scale, condition


@pytest.mark.parametrize("seed,noise", [(1, 1.0), (2, 1e-2), (3, 1e-3)])
def test_linear_coefficients_equal_scikit_learn(dump, seed, noise):
    random = np.random.default_rng(seed)
    x = random.normal(size=(20_000, 8)) * 10.0 ** random.integers(-3, 4, 8)
    x[:, 5] = 3 * x[:, 2] + np.std(x[:, 2]) * noise * random.normal(size=len(x))
    x[:, 7] += 1000 * np.std(x[:, 7])
    y = x @ (random.normal(size=8) / x.std(axis=0)) + random.normal(size=len(x))
    out = dump("linear", np.column_stack([x, y]), 8, 0)
    oracle, mean, scale, condition = least_squares(x, y)
    print(f"scaled condition {condition:.3g}")
    assert condition <= 1e4
    np.testing.assert_allclose(out[1:9], oracle.coef_ / scale, rtol=1e-9)
    predictions = oracle.predict((x - mean) / scale)
    assert np.max(np.abs(out[9:] - predictions)) <= 1e-9 * predictions.std()


def test_linear_predictions_equal_scikit_learn_when_coefficients_mean_little(dump):
    random = np.random.default_rng(4)
    x = random.normal(size=(20_000, 4))
    x[:, 3] = x[:, 0] + 3e-5 * random.normal(size=len(x))  # scaled condition near 5e4
    y = x[:, 0] - x[:, 1] + random.normal(size=len(x))
    out = dump("linear", np.column_stack([x, y]), 4, 0)
    predictions = LinearRegression().fit(x, y).predict(x)
    assert np.max(np.abs(out[5:] - predictions)) <= 1e-9 * predictions.std()


def test_linear_on_a_year_of_ltc_equals_scikit_learn_on_clipped_targets(dump, ltc):
    x, y, _ = ltc
    x, y = x[-YEAR:], y[-YEAR:]
    out = dump("linear", np.column_stack([x, y]), 20, 10)
    oracle, mean, scale, condition = least_squares(x, np.clip(y, -clip_at(y), clip_at(y)))
    print(f"scaled condition {condition:.3g}")
    np.testing.assert_allclose(out[1:21], oracle.coef_ / scale, rtol=1e-9)
    predictions = oracle.predict((x - mean) / scale)
    assert np.max(np.abs(out[21:] - predictions)) <= 1e-9 * predictions.std()


@pytest.mark.parametrize("seed,levels", [(1, 255), (2, 40), (3, 7)])
def test_tree_on_integer_levels_parts_the_rows_as_scikit_learn(dump, tmp_path, seed, levels):
    random = np.random.default_rng(seed)
    x = random.integers(0, levels, size=(30_000, 6)).astype(float)
    y = np.sin(x[:, 0] / levels * 5) + (x[:, 1] > levels / 3) * 0.3 + 0.5 * random.normal(size=len(x))
    table = np.column_stack([x, y])
    out = dump("tree", table, 6, 0, 8, 500, save(tmp_path / "test", table[:10]))[:len(x)]
    oracle = DecisionTreeRegressor(max_depth=8, min_samples_leaf=500).fit(x, y)
    expected = oracle.predict(x)
    leaves = oracle.apply(x)
    ours = np.unique(out, return_inverse=True)[1]
    assert len(np.unique(leaves)) == len(np.unique(np.column_stack([leaves, ours]), axis=0)) == ours.max() + 1
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-12)


def test_tree_on_ltc_is_as_good_as_scikit_learns(dump, ltc, tmp_path):
    x, y, _ = ltc
    for end in (len(x) // 2, len(x) - YEAR // 4):
        train, test = slice(max(0, end - YEAR), end), slice(end, end + YEAR // 4)
        limit = clip_at(y[train])
        clipped = np.clip(y[train], -limit, limit)
        out = dump("tree", np.column_stack([x[train], y[train]]), 20, 10, 8, 500,
                   save(tmp_path / "test", np.column_stack([x[test], y[test]])))
        ours_in, ours_out = out[:len(clipped)], out[len(clipped):]
        oracle = DecisionTreeRegressor(max_depth=8, min_samples_leaf=500, random_state=0).fit(x[train], clipped)
        theirs_in, theirs_out = oracle.predict(x[train]), oracle.predict(x[test])
        ratio = np.mean((clipped - ours_in) ** 2) / np.mean((clipped - theirs_in) ** 2)
        relative = [np.abs(y[test] - p).sum() / np.abs(y[test]).sum() for p in (ours_out, theirs_out)]
        print(f"training MSE ratio {ratio:.5f}, out of sample relative MAE {relative[0]:.4f} and {relative[1]:.4f}")
        assert ratio <= 1.01
        assert abs(relative[0] - relative[1]) <= 0.02


def boosted_relative_maes(dump, train, test, table_path):
    """Out-of-sample relative MAE of ours (Debian's XGBoost 1.7) and of the package from PyPI (3.2), whose releases
    differ in how they bin, and the distance of their predictions relative to the spread of theirs."""
    xgboost = pytest.importorskip("xgboost", reason="comes with tools/setup --bench")
    (x, y), (x_test, y_test) = train, test
    out = dump("boosted", np.column_stack([x, y]), x.shape[1], 10, 200, 6, 500, 0.05,
               save(table_path, np.column_stack([x_test, y_test])))[len(x):]
    oracle = xgboost.XGBRegressor(n_estimators=200, max_depth=6, learning_rate=0.05, min_child_weight=500,
                                  tree_method="hist", n_jobs=1)
    theirs = oracle.fit(x, np.clip(y, -clip_at(y), clip_at(y))).predict(x_test)
    relative = [np.abs(y_test - p).sum() / np.abs(y_test).sum() for p in (out, theirs)]
    distance = np.std(out - theirs) / np.std(theirs)
    print(f"out of sample relative MAE {relative[0]:.4f} and {relative[1]:.4f}, distance {distance:.3f}")
    return *relative, distance


def test_boosted_trees_on_seeded_numbers_are_as_good_as_another_xgboosts(dump, tmp_path):
    random = np.random.default_rng(1)
    x = random.normal(size=(60_000, 6))
    y = 1e-3 * (np.sin(2 * x[:, 0]) + (x[:, 1] > 0.3) * x[:, 2] + 0.5 * random.normal(size=len(x)))
    ours, theirs, distance = boosted_relative_maes(
        dump, (x[:40_000], y[:40_000]), (x[40_000:], y[40_000:]), tmp_path / "test")
    assert ours < 0.6
    assert abs(ours - theirs) <= 0.02
    assert distance <= 0.1


def test_boosted_trees_on_ltc_are_as_good_as_another_xgboosts(dump, ltc, tmp_path):
    x, y, _ = ltc
    end = len(x) // 2
    train, test = slice(max(0, end - YEAR), end), slice(end, end + YEAR // 4)
    ours, theirs, _ = boosted_relative_maes(dump, (x[train], y[train]), (x[test], y[test]), tmp_path / "test")
    assert abs(ours - theirs) <= 0.02


def test_study_tree_equals_an_unlimited_scikit_learn_tree_on_ltc(dump, ltc, tmp_path):
    close = ltc[2]
    x, y = close[:-30], close[30:]
    test = np.random.default_rng(0).random(len(x)) < 0.25
    out = dump("study_tree", np.column_stack([x[~test], y[~test]]), 1,
               save(tmp_path / "test", np.column_stack([x[test], y[test]])))
    oracle = DecisionTreeRegressor().fit(x[~test].reshape(-1, 1), y[~test])
    np.testing.assert_allclose(out, oracle.predict(x[test].reshape(-1, 1)), rtol=1e-9)


@pytest.mark.parametrize("seed,scale", [(1, 1e-7), (2, 1e-6), (3, 1.0), (4, 1e4)])
def test_study_tree_shares_the_float32_tolerance(dump, tmp_path, seed, scale):
    random = np.random.default_rng(seed)
    x = scale * (1 + random.integers(0, 300, 2000) / 100 + 3e-8 * random.integers(0, 5, 2000))
    y = random.normal(size=2000)
    probe = np.sort(scale * (1 + 4 * random.random(5000)))
    out = dump("study_tree", np.column_stack([x, y]), 1, save(tmp_path / "test", np.column_stack([probe, probe])))
    oracle = DecisionTreeRegressor().fit(x.reshape(-1, 1), y)
    np.testing.assert_allclose(out, oracle.predict(probe.reshape(-1, 1)), rtol=1e-9, atol=1e-12)


def hac_variance_of_mean(x, lags):
    fit = sm.OLS(x, np.ones(len(x))).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})
    return float(fit.cov_params()[0, 0])


@pytest.mark.parametrize("seed,rows,horizon", [(1, 5000, 30), (2, 400, 5), (3, 20_000, 30), (4, 150, 1)])
def test_scores_equal_statsmodels_and_scipy(dump, seed, rows, horizon):
    random = np.random.default_rng(seed)
    steps = random.normal(size=rows + horizon)
    actual = 1e-3 * np.convolve(steps, np.ones(horizon), "valid")[:rows]
    actual[random.random(rows) < 0.05] = 0
    prediction = 0.1 * actual + 2e-3 * random.normal(size=rows)
    prediction[random.random(rows) < 0.02] = 0
    out = dump("score", np.column_stack([actual, prediction]), horizon)
    error = actual - prediction
    lags = 2 * horizon
    factor = np.sqrt((rows + 1 - 2 * horizon + horizon * (horizon - 1) / rows) / rows)
    p_values = []
    for d in (np.abs(actual) - np.abs(error), actual**2 - error**2):
        t = d.mean() / np.sqrt(hac_variance_of_mean(d, lags)) * factor
        p_values.append(scipy.stats.t.sf(t, rows - 1))
    d = np.abs(actual) - np.abs(error)
    effective = np.clip(np.var(d) / hac_variance_of_mean(d, lags), 1, rows)
    moved = actual != 0
    hits = np.where(prediction == 0, 0.5, (prediction > 0) == (actual > 0))[moved]
    half = scipy.stats.norm.ppf(0.975) * np.sqrt(hac_variance_of_mean(hits, lags))
    expected = [effective, np.abs(error).sum() / np.abs(actual).sum(), np.sqrt((error**2).sum() / (actual**2).sum()),
                hits.mean(), hits.mean() - half, hits.mean() + half, scipy.stats.pearsonr(prediction, actual)[0],
                scipy.stats.spearmanr(prediction, actual)[0], *p_values]
    np.testing.assert_allclose(out, expected, rtol=1e-9)
