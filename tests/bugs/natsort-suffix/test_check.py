from natsort import natsorted, ns


def test_suffixes():
    given = [
        "Try.Me.Bug - 09 - One.Two.Three.[text].mkv",
        "Try.Me.Bug - 07 - One.Two.5.[text].mkv",
        "Try.Me.Bug - 08 - One.Two.Three[text].mkv",
    ]
    assert natsorted(given, alg=ns.PATH) == sorted(given)
