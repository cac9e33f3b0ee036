from cssselect import parser


def test_comma():
    found = parser.parse("foo bar, :scope > div")
    assert [one.parsed_tree.__class__.__name__ for one in found] == ["CombinedSelector", "CombinedSelector"]
