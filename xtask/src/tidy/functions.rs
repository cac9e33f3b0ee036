//! Finds functions and unsafe blocks that are too long, and JSON that is written by hand.

use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::file::{File, is_test};

/// The largest number of lines of a function.
const LONGEST_FUNCTION: usize = 100;

/// Lines that an unsafe block may have between its braces: the reason of a longer block says little about each line.
const LONGEST_UNSAFE: usize = 19;

/// The exceptions that were found.
#[derive(Default)]
pub struct Found {
    /// Functions that are too long: file, name, lines.
    pub long: Vec<(PathBuf, String, usize)>,
    /// Uses of `json!`: file, line.
    pub json: Vec<(PathBuf, usize)>,
    /// Unsafe blocks that are too long: file, first line, lines without braces.
    pub unsafe_blocks: Vec<(PathBuf, usize, usize)>,
}

/// Checks all functions except tests.
pub fn look(files: &[File]) -> Found {
    let mut found = Found::default();
    for file in files {
        Visitor { path: &file.path, found: &mut found }.visit_file(&file.syntax);
    }
    found
}

struct Visitor<'a> {
    path: &'a Path,
    found: &'a mut Found,
}

impl Visitor<'_> {
    fn measure(&mut self, name: &syn::Ident, block: &syn::Block) {
        let span = block.span();
        let lines = span.end().line - span.start().line + 1;
        if lines > LONGEST_FUNCTION {
            self.found.long.push((self.path.to_owned(), name.to_string(), lines));
        }
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_test(&function.attrs) {
            self.measure(&function.sig.ident, &function.block);
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig.ident, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_expr_unsafe(&mut self, block: &'ast syn::ExprUnsafe) {
        let (start, end) = (block.span().start().line, block.span().end().line);
        let lines = (end - start).saturating_sub(1);
        if lines > LONGEST_UNSAFE {
            self.found.unsafe_blocks.push((self.path.to_owned(), start, lines));
        }
        visit::visit_expr_unsafe(self, block);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.segments.last().is_some_and(|last| last.ident == "json") {
            self.found.json.push((self.path.to_owned(), call.path.span().start().line));
        }
        visit::visit_macro(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_functions_and_json_are_found_outside_of_tests() {
        let body = |lines: usize| "f();\n".repeat(lines);
        let text = format!(
            "fn short() {{\n{}}}\nimpl A {{ fn long() {{\n{}}} }}\nfn g() {{ json!({{}}); }}\n\
             #[cfg(test)] mod tests {{ fn h() {{\n{} json!({{}}); }} }}",
            body(LONGEST_FUNCTION - 2),
            body(LONGEST_FUNCTION - 1),
            body(LONGEST_FUNCTION),
        );
        let syntax = syn::parse_file(&text).expect("Rust");
        let found = look(&[File { path: "a".into(), module: Vec::new(), syntax }]);
        assert_eq!(found.long, [("a".into(), "long".into(), LONGEST_FUNCTION + 1)]);
        assert_eq!(found.json.len(), 1);
    }

    #[test]
    fn unsafe_blocks_of_20_lines_are_found() {
        let block = |lines: usize| format!("unsafe {{\n{}}}", "f();\n".repeat(lines));
        let text = format!(
            "fn a() {{\n{}\n{}\n}}\n#[cfg(test)] mod tests {{ fn h() {{\n{}\n}} }}",
            block(19),
            block(20),
            block(20),
        );
        let syntax = syn::parse_file(&text).expect("Rust");
        let found = look(&[File { path: "a".into(), module: Vec::new(), syntax }]);
        assert_eq!(found.unsafe_blocks, [("a".into(), 23, 20)]);
    }
}
