//! The lens above a test that records it, even if nothing was recorded yet.

use std::path::Path;

use connie_source::outline::{Function, Outline};
use gen_lsp_types::{CodeLens, Range};

use super::code_lens;
use crate::answer::Answer;
use crate::client::DEBUG_TEST;
use crate::documents::path_of;
use crate::params::TextDocument;
use crate::projects::Projects;
use crate::protocol;

/// `textDocument/codeLens`: the lenses of tests, before those of recorded data on the same lines.
pub fn lenses(projects: &mut Projects, buffer: &TextDocument) -> Answer<Vec<CodeLens>> {
    let recorded = projects.about(buffer, code_lens::lenses)?;
    let uri = buffer.uri.as_deref().unwrap_or_default();
    let document = projects.document(uri).filter(|_| projects.shows_tests());
    let (Some(document), Some(path)) = (document, path_of(uri)) else { return Ok(recorded) };
    let one = |(line, column): (u32, usize)| {
        let start = protocol::position(line as usize - 1, column);
        let command = protocol::command("Record and Debug", DEBUG_TEST, vec![uri.into(), line.into()]);
        CodeLens { range: Range { start, end: start }, command: Some(command), data: None }
    };
    let mut found: Vec<CodeLens> = tests(&path, &document.text).into_iter().map(one).collect();
    found.extend(recorded);
    code_lens::order(&mut found);
    Ok(found)
}

/// The beginnings of the tests of a file that pytest finds by its default conventions: line from 1, and column.
fn tests(path: &Path, text: &str) -> Vec<(u32, usize)> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_test_file =
        name.strip_suffix(".py").is_some_and(|stem| stem.starts_with("test_") || stem.ends_with("_test"));
    if !is_test_file {
        return Vec::new();
    }
    let lines: Vec<&str> = text.lines().collect();
    let line = |number: u32| lines.get((number as usize).wrapping_sub(1)).copied().unwrap_or_default();
    let outline = Outline::of(text);
    let is_test = |function: &Function| {
        let holder = |f: &Function| f.parent.map(|n| &outline.functions[n]);
        let mut around = std::iter::successors(holder(function), |f| holder(f));
        !function.is_class
            && function.name.starts_with("test")
            && around.all(|f| f.is_class && holds_tests(f, line(f.def_line)))
    };
    let place = |function: &Function| {
        let text = line(function.line);
        // Indentation is ASCII.
        (function.line, text.len() - text.trim_start().len())
    };
    outline.functions.iter().filter(|function| is_test(function)).map(place).collect()
}

/// Whether pytest searches a class for tests: because of its name, or as a unittest class.
fn holds_tests(class: &Function, head: &str) -> bool {
    class.name.starts_with("Test") || head.contains("TestCase")
}

#[cfg(test)]
mod tests {
    use super::tests;
    use std::path::Path;

    #[test]
    fn tests_as_pytest_finds_them() {
        let text = "\
@mark
def test_alone():
    def test_inner():
        pass
class TestShop:
    class TestInner:
        async def test_deep(self): pass
    def helper(self): pass
class Prices(unittest.TestCase):
\tdef test_price(self): pass
class Other:
    def test_no(self): pass
";
        let of = |name: &str| tests(Path::new(name), text);
        assert_eq!(of("/x/test_shop.py"), [(1, 0), (7, 8), (10, 1)]);
        assert_eq!(of("/x/shop_test.py"), of("/x/test_shop.py"));
        for name in ["/x/shop.py", "/x/test_shop.txt", "/x/tests.py", "/test_x/conftest.py"] {
            assert_eq!(of(name), [], "{name}");
        }
        // Incomplete text, as while typing.
        assert_eq!(tests(Path::new("test_x.py"), "def test_x(:\n  \x00"), [(1, 0)]);
    }
}
