//! Resolves names in expressions: imported modules, and sources of the program.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use connie_recording::reader::Recording;
use connie_recording::render::{TypeName, World};
use connie_wire::Value;
use connie_wire::value::text_value;
use rustc_hash::FxHashMap;

use super::{Literals, NoLiteral, Node, none};
use crate::History;
use crate::moment::Moment;
use crate::signature::{ClassSource, class_in};

/// The name that a test uses for the program's main module.
pub const MAIN: &str = "__main__";

/// The source of a class; `None` if it is not recorded.
type Known = Option<Rc<ClassSource>>;

/// The imported modules, by their names in the test.
#[derive(Clone, Debug, Default)]
pub struct Imports {
    modules: BTreeMap<String, String>,
    /// Names that are used otherwise.
    taken: Vec<String>,
    /// The name of the main script.
    main: String,
}

impl Imports {
    /// Creates an empty set of imports. Names in `taken` are not used; the main script is called `main`.
    #[must_use]
    pub fn new(taken: &[&str], main: &str) -> Self {
        let taken = taken.iter().map(|name| (*name).to_owned()).collect();
        Self { modules: BTreeMap::new(), taken, main: main.to_owned() }
    }

    /// The name of a module in the test.
    pub fn module(&mut self, module: &str) -> String {
        if let Some(known) = self.modules.get(module) {
            return known.clone();
        }
        let wanted = module.rsplit('.').next().unwrap_or(module);
        let wanted = if module == MAIN { self.main.clone() } else { wanted.to_owned() };
        self.named(module, &wanted)
    }

    /// The name of a module for which a name is preferred; a similar name if that one is taken.
    pub fn named(&mut self, module: &str, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut n = 2;
        while self.taken.contains(&name) {
            name = format!("{wanted}_{n}");
            n += 1;
        }
        self.taken.push(name.clone());
        self.modules.insert(module.to_owned(), name.clone());
        name
    }

    /// An unused name for a variable.
    pub fn variable(&self, wanted: &str, others: &[String]) -> String {
        let is_free = |name: &String| !self.taken.contains(name) && !others.contains(name) && !is_keyword(name);
        let numbered = (2..).map(|n| format!("{wanted}_{n}"));
        let all =
            [wanted.to_owned()].into_iter().chain(is_keyword(wanted).then(|| format!("{wanted}_"))).chain(numbered);
        all.into_iter().find(is_free).unwrap_or_default()
    }

    /// All pairs of module and name, in order.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.modules.iter().map(|(module, name)| (module.as_str(), name.as_str()))
    }

    /// Whether a module is imported.
    #[must_use]
    pub fn has(&self, module: &str) -> bool {
        self.modules.contains_key(module)
    }
}

/// Whether a name cannot be a variable of a test: keywords, builtins that its expressions use, and fixtures.
fn is_keyword(name: &str) -> bool {
    matches!(
        name,
        "float"
            | "complex"
            | "set"
            | "frozenset"
            | "bytearray"
            | "range"
            | "slice"
            | "list"
            | "dict"
            | "tuple"
            | "type"
            | "object"
            | "same"
            | "rebuilt"
            | "load"
            | "vars"
            | "int"
            | "str"
            | "bytes"
            | "bool"
            | "len"
    ) || BUILTIN_FUNCTIONS.contains(&name)
}

/// The sources of a program as modules.
pub struct Program<'a> {
    /// The recording, its positions and its modules.
    pub history: History<'a>,
    modules: RefCell<FxHashMap<u32, Option<String>>>,
    classes: RefCell<FxHashMap<(String, String), Known>>,
}

impl<'a> Program<'a> {
    /// The modules of a recording.
    #[must_use]
    pub fn new(history: History<'a>) -> Self {
        Self { history, modules: RefCell::default(), classes: RefCell::default() }
    }

    /// The recording.
    #[must_use]
    pub fn recording(&self) -> &'a Recording {
        self.history.recording
    }

    /// The recorded `__name__` of the module of a source, if it is known.
    #[must_use]
    pub fn module(&self, source: u32) -> Option<String> {
        if let Some(known) = self.modules.borrow().get(&source) {
            return known.clone();
        }
        let found = self.recorded_name(source).or_else(|| self.name_by_path(source));
        self.modules.borrow_mut().insert(source, found.clone());
        found
    }

    fn recorded_name(&self, source: u32) -> Option<String> {
        let recording = self.recording();
        let is_body = |code: &u32| {
            recording.function(*code).is_some_and(|function| function.source == source && function.name == "<module>")
        };
        let code = (0..recording.functions.len() as u32).find(is_body)?;
        let places = crate::breakpoint::Breakpoint::new(crate::breakpoint::Location::Function(vec![code]), None, None);
        let step = places.near(&self.history, 0, crate::timeline::Direction::Forward);
        let moment = Moment::at(recording, step.filter(|step| *step > 0)?).ok()?;
        let frame = moment.step.frame?;
        let namespace = moment.player.entity(frame.namespace)?;
        let key = text_value("__name__");
        match namespace.items.chunks_exact(2).find(|pair| pair[0] == key) {
            Some([_, Value::Str(name)]) => Some(String::from_utf8_lossy(&name.bytes).into_owned()),
            _ => None,
        }
    }

    /// The module name by the file's path: the main script, or a file below its folder.
    fn name_by_path(&self, source: u32) -> Option<String> {
        let recording = self.recording();
        let path = recording.sources.get(source as usize)?.path.as_str();
        let script = recording.info.argv.iter().skip(1).find(|word| !word.starts_with('-'))?;
        let absolute = |path: &str| std::path::Path::new(&recording.info.cwd).join(path);
        if absolute(script) == std::path::Path::new(path) {
            return Some(MAIN.to_owned());
        }
        let script = absolute(script);
        let folders =
            [script.parent()?.to_path_buf(), recording.info.cwd.clone().into(), recording.info.root.clone().into()];
        let rest = folders.iter().find_map(|folder| std::path::Path::new(path).strip_prefix(folder).ok())?;
        let name = rest.to_str()?.strip_suffix(".py")?.replace('/', ".");
        let name = name.strip_suffix(".__init__").unwrap_or(&name).to_owned();
        let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c == '_' || c.is_alphanumeric());
        name.split('.').all(is_name).then_some(name)
    }

    /// The name of the main script, as an identifier.
    #[must_use]
    pub fn main_name(&self) -> String {
        let source = self.source_of(MAIN).and_then(|source| self.recording().sources.get(source as usize));
        let stem = source.and_then(|source| std::path::Path::new(&source.path).file_stem()?.to_str());
        let mut name: String =
            stem.unwrap_or("program").chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
        if !name.starts_with(|c: char| c == '_' || c.is_alphabetic()) {
            name.insert(0, '_');
        }
        name
    }

    /// The source of a module.
    #[must_use]
    pub fn source_of(&self, module: &str) -> Option<u32> {
        let recording = self.recording();
        let file = module.replace('.', "/");
        let may_be = |path: &str| {
            module == MAIN || path.ends_with(&format!("/{file}.py")) || path.ends_with(&format!("/{file}/__init__.py"))
        };
        let all = (0u32..).zip(&recording.sources);
        let all = all.filter(|(_, source)| source.text.is_some() && may_be(&source.path));
        // If a file had several texts, the last one.
        all.filter(|(source, _)| self.module(*source).as_deref() == Some(module)).last().map(|(source, _)| source)
    }

    /// The definition of a class, if its source was recorded.
    pub(crate) fn class(&self, module: &str, name: &str) -> Option<Rc<ClassSource>> {
        let key = (module.to_owned(), name.to_owned());
        if let Some(known) = self.classes.borrow().get(&key) {
            return known.clone();
        }
        let source = self.source_of(module);
        let text = source.and_then(|source| self.recording().sources[source as usize].text.as_deref());
        let found = text.and_then(|text| class_in(text, name)).map(Rc::new);
        self.classes.borrow_mut().insert(key, found.clone());
        found
    }

    /// The type of the class with this qualified name; `None` if there is none, or more than one.
    fn type_named(&self, name: &str) -> Option<&'a TypeName> {
        let mut all = (0..).map_while(|id| self.recording().type_name(id)).filter(|ty| ty.name == name);
        let first = all.next()?;
        all.all(|ty| ty.module == first.module).then_some(first)
    }
}

/// Builtin classes that an expression can name directly.
pub(crate) const BUILTIN_CLASSES: &[&str] = &[
    "int",
    "str",
    "float",
    "bool",
    "bytes",
    "complex",
    "list",
    "tuple",
    "dict",
    "set",
    "frozenset",
    "bytearray",
    "range",
    "slice",
    "type",
    "object",
    "memoryview",
];

/// Builtin functions that an expression can name directly.
const BUILTIN_FUNCTIONS: &[&str] = &[
    "abs",
    "all",
    "any",
    "ascii",
    "bin",
    "callable",
    "chr",
    "divmod",
    "format",
    "getattr",
    "hasattr",
    "hash",
    "hex",
    "id",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "max",
    "min",
    "next",
    "oct",
    "ord",
    "pow",
    "print",
    "repr",
    "round",
    "setattr",
    "sorted",
    "sum",
    "vars",
];

impl Literals<'_> {
    /// The name of a class in the test.
    pub(super) fn class(&mut self, ty: &TypeName) -> Result<String, NoLiteral> {
        self.class_of(ty)
    }

    /// The same, for other modules of this crate.
    pub(crate) fn class_of(&mut self, ty: &TypeName) -> Result<String, NoLiteral> {
        if ty.name.contains("<locals>") {
            return none(format!("the class {} is made within a function", ty.short()));
        }
        let module = match ty.module.as_str() {
            "builtins" => return Ok(ty.name.clone()),
            "" | "?" => return none(format!("the module of {} is not known", ty.short())),
            "pathlib._local" => "pathlib",
            "_decimal" => "decimal",
            module => module,
        };
        Ok(format!("{}.{}", self.imports.module(module), ty.name))
    }

    /// The name of a class of which only the qualified name is known.
    pub(super) fn class_named(&mut self, name: &str) -> Result<Node, NoLiteral> {
        if let Some(ty) = self.program.type_named(name) {
            return self.class(ty).map(Node::Atom);
        }
        match BUILTIN_CLASSES.contains(&name)
            || name.ends_with("Error") && connie_recording::attributes::builtin_defines(name, "args").is_some()
        {
            true => Ok(Node::atom(name)),
            false => none(format!("it is not known where the class {name} is defined")),
        }
    }

    /// The name of a function of which only the qualified name is known.
    pub(super) fn function(&mut self, name: &str) -> Result<Node, NoLiteral> {
        let recording = self.program.recording();
        let mut sources: Vec<u32> = recording
            .functions
            .iter()
            .filter(|function| function.name == name)
            .map(|function| function.source)
            .collect();
        sources.sort_unstable();
        sources.dedup();
        if name.contains('<') {
            return none(format!("the function {name} has no name outside of its function"));
        }
        match sources.as_slice() {
            [] if BUILTIN_FUNCTIONS.contains(&name) => Ok(Node::atom(name)),
            [source] => match self.program.module(*source) {
                Some(module) => Ok(Node::Atom(format!("{}.{name}", self.imports.module(&module)))),
                None => none(format!("the module of {name} is not known")),
            },
            _ => none(format!("it is not known where the function {name} is defined")),
        }
    }

    /// The name of the class that a class object represents.
    pub(super) fn class_object(&mut self, object: u64, name: Option<&Value>) -> Result<Node, NoLiteral> {
        let world = self.world;
        let ty = (0..).map_while(|id| world.type_name(id)).find(|ty| ty.class == object);
        match (ty, name) {
            (Some(ty), _) => self.class(ty).map(Node::Atom),
            (None, Some(Value::Class(name))) => self.class_named(world.string(*name)),
            _ => none("it is a class whose name was not recorded"),
        }
    }
}
