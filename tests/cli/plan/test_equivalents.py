"""`modicum plan equivalents`."""

from typer.testing import CliRunner

from modicum.cli.plan.app import app

RUN = CliRunner()


def test_gpt_3_is_like_120_homes_for_a_year() -> None:
    told = RUN.invoke(app, ["equivalents", "--kwh", "1287000"])
    assert told.exit_code == 0
    assert "120 homes for a year" in told.output


def test_without_an_amount_the_list_names_every_source() -> None:
    told = RUN.invoke(app, ["equivalents"])
    assert told.exit_code == 0
    assert "home-year" in told.output
    assert "EIA" in told.output


def test_there_is_never_more_than_one() -> None:
    told = RUN.invoke(app, ["equivalents", "--kwh", "1", "--kg", "1"])
    assert told.exit_code == 2
    assert "one equivalent at a time" in told.output


def test_an_unknown_one_is_refused_with_those_there_are() -> None:
    told = RUN.invoke(app, ["equivalents", "--kwh", "1", "--like", "elephant"])
    assert told.exit_code == 2
    assert "home-year" in told.output
