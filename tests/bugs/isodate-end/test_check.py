import pytest
from isodate import ISO8601Error, parse_date


def test_rest():
    assert parse_date("2012-10-19").day == 19
    with pytest.raises(ISO8601Error):
        parse_date("2012-10-19 and more")
