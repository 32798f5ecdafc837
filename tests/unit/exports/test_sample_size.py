"""How many customers a campaign needs, against published figures and by simulation."""

import numpy as np
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.exports import ExportError
from orchestration.exports.sample_size import SampleSize, sample_size


@pytest.mark.parametrize(
    ("base_rate", "uplift", "power", "confidence", "expected"),
    [
        # help(power.prop.test) of R: p1 = .50, p2 = .75, power = .90 gives n = 76.7.
        (0.50, 0.25, 0.90, 0.95, 77),
        # The same page: n = 50, p1 = .50, p2 = .75 gives a power of 0.740.
        (0.50, 0.25, 0.740, 0.95, 50),
    ],
)
def test_equal_arms_are_of_the_published_size(base_rate, uplift, power, confidence, expected):
    found = sample_size(base_rate, uplift, held_out=0.5, power=power, confidence=confidence)
    assert found == SampleSize(expected, expected)


def test_unequal_arms_find_the_uplift_as_often_as_asked():
    """80 % of simulated campaigns with these arms are significant by the pooled test."""
    found = sample_size(0.05, 0.02, held_out=0.2)
    assert found.held_out == pytest.approx(found.treated / 4, abs=1)
    draws = np.random.default_rng(1)
    treated = draws.binomial(found.treated, 0.07, 40_000) / found.treated
    held = draws.binomial(found.held_out, 0.05, 40_000) / found.held_out
    pooled = (treated * found.treated + held * found.held_out) / found.customers
    error = np.sqrt(pooled * (1 - pooled) * (1 / found.treated + 1 / found.held_out))
    assert np.mean(np.abs(treated - held) > 1.959964 * error) == pytest.approx(0.80, abs=0.02)


@pytest.mark.parametrize(
    ("base_rate", "uplift", "options", "message"),
    [
        (5, 0.01, {}, "base-rate is 5; give a fraction"),
        (0.5, 0.6, {}, r"base-rate \+ uplift is 1.1; give"),
        (0.05, 0, {}, "uplift is 0"),
        (0.05, 0.01, {"held_out": 0}, "held-out is 0; give"),
        (0.05, 0.01, {"power": 1}, "power is 1; give"),
    ],
)
def test_what_cannot_be_computed_is_told(base_rate, uplift, options, message):
    with pytest.raises(ExportError, match=message):
        sample_size(base_rate, uplift, **options)


def test_the_command_tells_both_arms_and_what_to_set():
    wanted = sample_size(0.05, 0.01, held_out=0.1)
    arguments = ["sample-size", "--base-rate", "0.05", "--uplift", "0.01"]
    said = CliRunner().invoke(app, arguments)
    assert said.exit_code == 0
    assert f"{wanted.treated:,} treated and {wanted.held_out:,} held out" in said.output
    assert "holdout_bps 1000" in said.output
