//! Finds circles among the modules of a crate that use each other.
//!
//! A module uses another if it names something of it. Declaring a module, or re-exporting names, does not count. A
//! re-exported name belongs to the module that it comes from.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::file::{File, is_test};

/// A circle: its modules, each with the modules of the circle that it uses.
pub type Circle = Vec<(String, Vec<String>)>;

/// The circles of more than two modules.
pub fn circles(files: &[File]) -> Vec<Circle> {
    let known = Crate::of(files);
    let mut graph = DiGraphMap::<usize, ()>::new();
    for (from, file) in files.iter().enumerate() {
        graph.add_node(from);
        for to in known.used_by(file).into_iter().filter(|to| *to != from) {
            graph.add_edge(from, to, ());
        }
    }
    let name = |n: usize| if files[n].module.is_empty() { "the root".into() } else { files[n].module.join("::") };
    let mut circles = tarjan_scc(&graph);
    circles.retain(|circle| circle.len() > 2);
    circles.iter_mut().for_each(|circle| circle.sort_unstable());
    let uses = |circle: &[usize], from: usize| {
        circle.iter().filter(|to| graph.contains_edge(from, **to)).map(|to| name(*to)).collect()
    };
    let told = |circle: &Vec<usize>| circle.iter().map(|from| (name(*from), uses(circle, *from))).collect();
    circles.iter().map(told).collect()
}

/// The modules of a crate, and the imports of each.
struct Crate<'a> {
    modules: BTreeMap<&'a [String], usize>,
    /// For each module, the paths of imported names, by their local names.
    imports: Vec<BTreeMap<String, Vec<String>>>,
}

impl<'a> Crate<'a> {
    fn of(files: &'a [File]) -> Self {
        let modules = files.iter().enumerate().map(|(n, file)| (file.module.as_slice(), n)).collect();
        let imports = files.iter().map(|file| Imports::of(file).names).collect();
        Self { modules, imports }
    }

    /// The module of an absolute path.
    fn leads(&self, path: &[String], hops: usize) -> Option<usize> {
        let length = (0..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length]))?;
        let module = self.modules[&path[..length]];
        // A re-exported name comes from another module.
        let passed = path.get(length).and_then(|name| self.imports[module].get(name));
        match passed {
            Some(origin) if hops > 0 => {
                let rest = &path[length + 1..];
                self.leads(&[origin.as_slice(), rest].concat(), hops - 1).or(Some(module))
            }
            _ => Some(module),
        }
    }

    fn used_by(&self, file: &File) -> BTreeSet<usize> {
        let mut uses = Uses { module: &file.module, children: self.children(&file.module), paths: Vec::new() };
        uses.visit_file(&file.syntax);
        uses.paths.iter().filter_map(|path| self.leads(path, 4)).collect()
    }

    fn children(&self, module: &[String]) -> BTreeSet<String> {
        let of = |path: &&[String]| path.len() == module.len() + 1 && path.starts_with(module);
        self.modules.keys().filter(|path| of(path)).filter_map(|path| path.last().cloned()).collect()
    }
}

/// The absolute path, if it is in this crate.
fn absolute(module: &[String], children: &BTreeSet<String>, path: &[String]) -> Option<Vec<String>> {
    let supers = path.iter().take_while(|part| *part == "super").count();
    let (base, rest) = match path.first()?.as_str() {
        "crate" => (&[] as &[String], &path[1..]),
        "self" => (module, &path[1..]),
        "super" => (&module[..module.len().checked_sub(supers)?], &path[supers..]),
        name if children.contains(name) && path.len() > 1 => (module, path),
        _ => return None,
    };
    Some([base, rest].concat())
}

/// The names that a file imports.
struct Imports<'a> {
    module: &'a [String],
    names: BTreeMap<String, Vec<String>>,
}

impl<'a> Imports<'a> {
    fn of(file: &'a File) -> Self {
        let mut imports = Self { module: &file.module, names: BTreeMap::new() };
        for item in &file.syntax.items {
            if let syn::Item::Use(item) = item {
                imports.take(&item.tree, &mut Vec::new());
            }
        }
        imports
    }

    fn take(&mut self, tree: &syn::UseTree, path: &mut Vec<String>) {
        each_name(tree, path, &mut |name, path| {
            let known = matches!(path.first().map(String::as_str), Some("crate" | "self" | "super"));
            // Imports from a file's own children begin with the names of the children.
            let whole =
                if known { absolute(self.module, &BTreeSet::new(), path) } else { Some([self.module, path].concat()) };
            if let (Some(name), Some(whole)) = (name, whole) {
                self.names.insert(name, whole);
            }
        });
    }
}

fn each_name(tree: &syn::UseTree, path: &mut Vec<String>, f: &mut impl FnMut(Option<String>, &[String])) {
    match tree {
        syn::UseTree::Path(part) => {
            path.push(part.ident.to_string());
            each_name(&part.tree, path, f);
            path.pop();
        }
        syn::UseTree::Name(name) if name.ident == "self" => f(path.last().cloned(), path),
        syn::UseTree::Name(name) => {
            path.push(name.ident.to_string());
            f(path.last().cloned(), path);
            path.pop();
        }
        syn::UseTree::Rename(renamed) => {
            path.push(renamed.ident.to_string());
            f(Some(renamed.rename.to_string()), path);
            path.pop();
        }
        syn::UseTree::Glob(_) => f(None, path),
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| each_name(item, path, f)),
    }
}

/// The paths that a file uses.
struct Uses<'a> {
    module: &'a [String],
    children: BTreeSet<String>,
    paths: Vec<Vec<String>>,
}

impl Uses<'_> {
    fn note(&mut self, path: &[String]) {
        self.paths.extend(absolute(self.module, &self.children, path));
    }

    /// Macros are not parsed; paths are found among their tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons < 2 {
                        self.note(&path);
                        path.clear();
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(sign) if sign.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.note(&std::mem::take(&mut path));
                    self.tokens(group.stream());
                }
                _ => self.note(&std::mem::take(&mut path)),
            }
        }
        self.note(&path);
    }
}

impl<'ast> Visit<'ast> for Uses<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if matches!(item.vis, syn::Visibility::Inherited) && !is_test(&item.attrs) {
            each_name(&item.tree, &mut Vec::new(), &mut |_, path| self.note(path));
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        self.note(&parts);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    // `pub(in crate::…)` is not a use.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, &str)]) -> Vec<File> {
        let file = |(module, text): &(&str, &str)| File {
            path: (*module).into(),
            module: module.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect(),
            syntax: syn::parse_file(text).expect("Rust"),
        };
        texts.iter().map(file).collect()
    }

    fn found(texts: &[(&str, &str)]) -> Vec<Vec<String>> {
        let all = circles(&files(texts));
        all.into_iter().map(|circle| circle.into_iter().map(|(module, _)| module).collect()).collect()
    }

    #[test]
    fn circles_are_found_by_every_way_to_name_a_module() {
        let b = [
            "use crate::c::f;",
            "fn g() { crate::c::f() }",
            "fn g(_: super::c::T) {}",
            "fn g() { m!(1, super::c::f()) }",
        ];
        for b in b {
            let texts =
                [("", ""), ("a", "use super::b::g;"), ("b", b), ("c", "use crate::{a as other, d::h};"), ("d", "")];
            assert_eq!(found(&texts), [["a", "b", "c"]], "{b}");
        }
    }

    #[test]
    fn two_modules_may_use_each_other() {
        assert!(found(&[("", ""), ("a", "use crate::b::f;"), ("b", "use crate::a::g;")]).is_empty());
    }

    #[test]
    fn what_is_passed_on_is_of_where_it_comes_from() {
        let children = [("a::b", "use super::T;"), ("a::c", "use super::T;"), ("a::types", "pub struct T;")];
        let with = |parent| [&[("", ""), ("a", parent)], children.as_slice()].concat();
        assert!(found(&with("mod b; mod c; mod types; pub use types::T; fn f() { b::g(); c::g() }")).is_empty());
        // Naming a type of the parent itself is a use of the parent.
        assert_eq!(found(&with("pub struct T; fn f() { b::g(); c::g() }")), [["a", "a::b", "a::c"]]);
    }

    #[test]
    fn tests_may_use_what_they_like() {
        let c = "#[cfg(test)] mod tests { use crate::a::h; }";
        assert!(found(&[("", ""), ("a", "use crate::b::f;"), ("b", "use crate::c::g;"), ("c", c)]).is_empty());
    }
}
