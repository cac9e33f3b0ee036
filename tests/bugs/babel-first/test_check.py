"""The first pattern that matches a file decides its options."""

from babel.messages.extract import extract_from_dir


def test_the_first_pattern_that_matches_decides(tmp_path):
    (tmp_path / "special.py").write_text("_('hello')\n")
    methods = [("special.py", "python"), ("**.py", "python")]
    options = {"special.py": {"encoding": "ascii"}, "**.py": {}}
    seen = []
    list(extract_from_dir(tmp_path, methods, options, callback=lambda file, method, chosen: seen.append(chosen)))
    assert seen == [{"encoding": "ascii"}]
