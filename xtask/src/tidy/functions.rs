//! Functions that are too long, and JSON that is written by hand.

use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::file::{File, is_test};

/// Lines that a function may have.
const LONGEST_FUNCTION: usize = 100;

/// What was found.
#[derive(Default)]
pub struct Found {
    /// Too long: file, name, lines.
    pub long: Vec<(PathBuf, String, usize)>,
    /// Uses of `json!`: file, line.
    pub json: Vec<(PathBuf, usize)>,
}

/// Looks at all functions but those of tests.
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

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.segments.last().is_some_and(|last| last.ident == "json") {
            self.found.json.push((self.path.to_owned(), call.path.span().start().line));
        }
        visit::visit_macro(self, call);
    }
}
