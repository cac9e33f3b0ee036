//! Writes types as annotations for one source, with names that it already has or could import.

use connie_recording::attributes;
use connie_recording::reader::Recording;
use ruff_python_ast::Stmt;
use rustc_hash::FxHashMap;

use super::kinds::{Type, Union};
use crate::literal::{BUILTIN_CLASSES, MAIN, Program};

/// The maximum number of types in a union.
const MAX_MEMBERS: usize = 4;

/// The meaning of a name at the top of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bound {
    /// It is defined there.
    Here,
    /// It is a module.
    Module(String),
    /// It is this name imported from a module.
    Of(String, String),
}

/// Names types in one source.
pub struct Namer<'p> {
    program: &'p Program<'p>,
    module: Option<String>,
    bound: FxHashMap<String, Bound>,
    /// Names to import: module and name.
    pub imports: Vec<(String, String)>,
}

impl<'p> Namer<'p> {
    /// Creates a namer for a source of a recording.
    pub fn new(program: &'p Program<'p>, recording: &Recording, source: u32) -> Self {
        let text = recording.sources.get(source as usize).and_then(|source| source.text.as_deref());
        let mut bound = FxHashMap::default();
        if let Some(parsed) = text.and_then(|text| connie_source::parse::module(text).ok()) {
            bind(&parsed.syntax().body, &mut bound);
        }
        Self { program, module: program.module(source), bound, imports: Vec::new() }
    }

    /// A union as an annotation; `None` if it is unknown, or if a part that has to be named is unknown.
    pub fn text(&mut self, union: &Union) -> Option<String> {
        if union.is_empty() || union.0.contains(&Type::Unknown) {
            return None;
        }
        let mut types: Vec<&Type> = union.0.iter().filter(|ty| **ty != Type::None).collect();
        let has_none = types.len() < union.0.len();
        let is = |ty: &Type, wanted: &str| matches!(ty, Type::Class { module, name, .. } if module == "builtins" && name == wanted);
        if types.iter().any(|ty| is(ty, "int")) {
            types.retain(|ty| !is(ty, "bool"));
        }
        let names: Vec<(String, String)> = types.iter().filter_map(|ty| class(ty)).collect();
        let is_within = |ty: &&Type| match ty {
            Type::Class { bases, module, name, .. } => {
                bases.iter().any(|base| names.contains(base) && (&base.0, &base.1) != (module, name))
            }
            _ => false,
        };
        types.retain(|ty| !is_within(ty));
        if types.len() + usize::from(has_none) > MAX_MEMBERS {
            let is_defined =
                |(module, name): &(String, String)| module == "builtins" || self.program.class(module, name).is_some();
            let common = common(&types).into_iter().find(is_defined);
            let common = common.and_then(|(module, name)| self.name(&module, &name));
            // An object may also be None.
            return Some(match common {
                Some(common) => join(vec![common], has_none),
                None => "object".to_owned(),
            });
        }
        let mut parts = Vec::new();
        for ty in types {
            let part = self.one(ty)?;
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        Some(join(parts, has_none))
    }

    fn one(&mut self, ty: &Type) -> Option<String> {
        Some(match ty {
            Type::None => "None".to_owned(),
            Type::Unknown => return None,
            Type::Callable => self.import("collections.abc", "Callable")?,
            Type::Class { module, name, .. } => self.name(module, name)?,
            Type::ClassOf(ty) => match self.one(ty) {
                Some(name) => format!("type[{name}]"),
                None => "type".to_owned(),
            },
            Type::Container { module, name, items } => {
                let class = self.name(module, name)?;
                // The items of a container that is empty, or was not read in full, are unknown.
                match items.iter().map(|items| self.text(items)).collect::<Option<Vec<_>>>() {
                    Some(items) => format!("{class}[{}]", items.join(", ")),
                    None => class,
                }
            }
            Type::Tuple(shape) if shape.is_empty() => "tuple[()]".to_owned(),
            Type::Tuple(shape) => match shape.iter().map(|items| self.text(items)).collect::<Option<Vec<_>>>() {
                Some(items) => format!("tuple[{}]", items.join(", ")),
                None => "tuple".to_owned(),
            },
            Type::Tuples(items) => match self.text(items) {
                Some(items) => format!("tuple[{items}, ...]"),
                None => "tuple".to_owned(),
            },
        })
    }

    /// The name of a class in this source.
    fn name(&mut self, module: &str, name: &str) -> Option<String> {
        if name.contains('<') || name.is_empty() {
            return None;
        }
        let (module, name) = match (module, name) {
            ("builtins", name) => return self.builtin(name),
            ("pathlib" | "pathlib._local", "PosixPath" | "WindowsPath") => ("pathlib", "Path"),
            ("pathlib._local", name) => ("pathlib", name),
            ("_decimal", name) => ("decimal", name),
            ("_io", name) => ("io", name),
            ("_collections", name) => ("collections", name),
            known => known,
        };
        let first = name.split('.').next().unwrap_or(name);
        if self.module.as_deref() == Some(module) {
            return (self.bound.get(first) == Some(&Bound::Here)).then(|| name.to_owned());
        }
        if module == MAIN || module.starts_with('_') && self.program.source_of(module).is_none() {
            return None;
        }
        let rest = &name[first.len()..];
        self.import(module, first).map(|first| format!("{first}{rest}"))
    }

    fn builtin(&mut self, name: &str) -> Option<String> {
        let from_abc = match name {
            "generator" => Some("Generator"),
            "coroutine" => Some("Coroutine"),
            "async_generator" => Some("AsyncGenerator"),
            "dict_keys" => Some("KeysView"),
            "dict_values" => Some("ValuesView"),
            "dict_items" => Some("ItemsView"),
            "builtin_function_or_method" | "function" | "method" => Some("Callable"),
            name if name.ends_with("iterator") => Some("Iterator"),
            "zip" | "map" | "filter" | "enumerate" | "reversed" => Some("Iterator"),
            _ => None,
        };
        if let Some(name) = from_abc {
            return self.import("collections.abc", name);
        }
        let is_class = BUILTIN_CLASSES.contains(&name) || attributes::builtin_defines(name, "args").is_some();
        match name {
            "mappingproxy" => self.import("types", "MappingProxyType"),
            "module" => self.import("types", "ModuleType"),
            _ => (is_class && !self.bound.contains_key(name)).then(|| name.to_owned()),
        }
    }

    /// The name of an object of a module in this source, imported if needed; `None` if its name is used otherwise.
    pub fn import(&mut self, module: &str, name: &str) -> Option<String> {
        let is_it = |bound: &Bound| *bound == Bound::Of(module.to_owned(), name.to_owned());
        if let Some((local, _)) = self.bound.iter().filter(|(_, bound)| is_it(bound)).min_by_key(|(local, _)| *local) {
            return Some(local.clone());
        }
        let is_module = |bound: &Bound| *bound == Bound::Module(module.to_owned());
        if let Some((local, _)) =
            self.bound.iter().filter(|(_, bound)| is_module(bound)).min_by_key(|(local, _)| *local)
        {
            return Some(format!("{local}.{name}"));
        }
        if self.bound.contains_key(name) || self.imports.iter().any(|(of, known)| known == name && of != module) {
            return None;
        }
        let wanted = (module.to_owned(), name.to_owned());
        if !self.imports.contains(&wanted) {
            self.imports.push(wanted);
        }
        Some(name.to_owned())
    }
}

fn class(ty: &Type) -> Option<(String, String)> {
    match ty {
        Type::Class { module, name, .. } => Some((module.clone(), name.clone())),
        _ => None,
    }
}

/// The classes that all types are or derive from, the nearest first.
fn common(types: &[&Type]) -> Vec<(String, String)> {
    let order = |ty: &Type| match ty {
        Type::Class { module, name, bases } => {
            let mut all = vec![(module.clone(), name.clone())];
            all.extend(bases.iter().cloned());
            Some(all)
        }
        _ => None,
    };
    let Some(all) = types.iter().map(|ty| order(ty)).collect::<Option<Vec<_>>>() else { return Vec::new() };
    let Some((first, rest)) = all.split_first() else { return Vec::new() };
    let is_common = |class: &&(String, String)| class.1 != "object" && rest.iter().all(|order| order.contains(class));
    first.iter().filter(is_common).cloned().collect()
}

fn join(mut parts: Vec<String>, has_none: bool) -> String {
    if has_none {
        parts.push("None".to_owned());
    }
    parts.join(" | ")
}

/// The names at the top of a module, including those below conditions.
fn bind(body: &[Stmt], bound: &mut FxHashMap<String, Bound>) {
    for stmt in body {
        match stmt {
            Stmt::FunctionDef(function) => drop(bound.insert(function.name.to_string(), Bound::Here)),
            Stmt::ClassDef(class) => drop(bound.insert(class.name.to_string(), Bound::Here)),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let module = alias.name.to_string();
                    match &alias.asname {
                        Some(name) => drop(bound.insert(name.to_string(), Bound::Module(module))),
                        None => {
                            let first = module.split('.').next().unwrap_or(&module).to_owned();
                            bound.insert(first.clone(), Bound::Module(first));
                            bound.insert(module.clone(), Bound::Module(module));
                        }
                    }
                }
            }
            Stmt::ImportFrom(_) => {
                for (name, module, original) in crate::signature::imported(std::slice::from_ref(stmt)) {
                    bound.insert(name, Bound::Of(module, original));
                }
            }
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    if let ruff_python_ast::Expr::Name(name) = target {
                        bound.insert(name.id.to_string(), Bound::Here);
                    }
                }
            }
            Stmt::AnnAssign(assign) => {
                if let ruff_python_ast::Expr::Name(name) = &*assign.target {
                    bound.insert(name.id.to_string(), Bound::Here);
                }
            }
            Stmt::If(conditional) => {
                bind(&conditional.body, bound);
                conditional.elif_else_clauses.iter().for_each(|clause| bind(&clause.body, bound));
            }
            Stmt::Try(attempt) => {
                bind(&attempt.body, bound);
                let ruff_python_ast::StmtTry { handlers, .. } = attempt;
                for ruff_python_ast::ExceptHandler::ExceptHandler(handler) in handlers {
                    bind(&handler.body, bound);
                }
            }
            _ => {}
        }
    }
}
