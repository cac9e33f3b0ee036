//! Finds the test at a line, for editors that record and open it.

use connie_source::outline::Outline;

/// The end of pytest's node id of the test around a line (from 1), after the path of its file:
/// `::TestShop::test_total`, or only a class; empty outside of tests.
#[must_use]
pub fn names(outline: &Outline, line: u32) -> String {
    let innermost = outline.functions.iter().rposition(|f| f.line <= line && line <= f.last_line);
    let around = std::iter::successors(innermost, |n| outline.functions[*n].parent);
    let mut around: Vec<_> = around.map(|n| &outline.functions[n]).collect();
    around.reverse();
    let mut found = String::new();
    for one in around {
        // A function nested in a function is not a test.
        if one.is_class || one.name.starts_with("test") {
            found.push_str("::");
            found.push_str(&one.name);
        }
        if !one.is_class {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::names;
    use connie_source::outline::Outline;

    #[test]
    fn the_test_around_a_line() {
        let text = "\
import x


class TestShop:
    @mark
    def test_total(self):
        text = '''
at the first column
'''
        def inner():
            return text
        assert inner()

    def helper(self):
        pass


def helper():
    class Local:
        pass


async def test_alone():
    pass
";
        let outline = Outline::of(text);
        let at = |line| names(&outline, line);
        for line in [5, 6, 7, 8, 11, 12] {
            assert_eq!(at(line), "::TestShop::test_total", "line {line}");
        }
        assert_eq!([at(4), at(15)], ["::TestShop", "::TestShop"]);
        assert_eq!([at(1), at(18), at(20)], ["", "", ""]);
        assert_eq!(at(24), "::test_alone");
    }
}
