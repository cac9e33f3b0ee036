//! Derives annotations from the recorded arguments and results of functions.
//!
//! Annotations state only what was recorded: a value that was truncated, redacted or not read leads to no annotation,
//! or to an annotation with an unknown part.

mod edits;
mod kinds;
mod namer;
mod observe;

use connie_recording::reader::Recording;
use schemars::JsonSchema;
use serde::Serialize;

pub use edits::{Edit, Edited, Edits, Refused, edited, edits};
pub use kinds::{Type, Union};
pub use observe::{Observed, Options, merge, observe};

use crate::History;
use crate::literal::Program;
use crate::signature::{Literal, Takes, Yields, last_of};
use namer::Namer;

/// Decorators that ignore annotations.
const BLIND: &[&str] = &[
    "staticmethod",
    "classmethod",
    "property",
    "cached_property",
    "setter",
    "deleter",
    "getter",
    "abstractmethod",
    "override",
    "final",
    "cache",
    "lru_cache",
    "contextmanager",
    "asynccontextmanager",
    "wraps",
    "fixture",
    "parametrize",
    "total_ordering",
];

/// The annotation of a parameter or of the result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Annotation {
    /// The name of the parameter; `return` for the result.
    pub name: String,
    /// The annotation; `None` if nothing is known for sure.
    pub annotation: Option<String>,
    /// Whether the source already has an annotation, which is never changed.
    pub exists: bool,
}

/// The types found for a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FunctionTypes {
    /// Qualified name.
    pub function: String,
    /// Its file.
    pub file: String,
    /// Its line in the text that ran.
    pub line: u32,
    /// The number of observed calls.
    pub calls: u64,
    /// The parameters in order, without `self` and `cls`; then the result.
    pub annotations: Vec<Annotation>,
    /// The signature with all annotations.
    pub signature: String,
    /// The reason why the source is left unchanged, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// Imports that the annotations need: module and name.
    #[serde(skip)]
    pub(crate) imports: Vec<(String, String)>,
}

/// The annotations of observed functions, with the names that their sources use.
#[must_use]
pub fn annotations(recording: &Recording, history: &History<'_>, observed: &[Observed]) -> Vec<FunctionTypes> {
    let program = Program::new(*history);
    let mut namers: rustc_hash::FxHashMap<u32, Namer<'_>> = rustc_hash::FxHashMap::default();
    let one = |one: &Observed| {
        let namer = namers.entry(one.source).or_insert_with(|| Namer::new(&program, recording, one.source));
        annotated(namer, recording, one)
    };
    observed.iter().map(one).collect()
}

fn annotated(namer: &mut Namer<'_>, recording: &Recording, observed: &Observed) -> FunctionTypes {
    namer.imports.clear();
    let signature = &observed.signature;
    let mut annotations = Vec::new();
    let mut shown = Vec::new();
    let mut star = false;
    for (n, (parameter, union)) in signature.parameters.iter().zip(&observed.parameters).enumerate() {
        let prefix = match parameter.takes {
            Takes::Positions => "*",
            Takes::Names => "**",
            _ => "",
        };
        if parameter.takes == Takes::Name && !std::mem::replace(&mut star, true) {
            shown.push("*".to_owned());
        }
        star |= parameter.takes == Takes::Positions;
        if n == 0 && has_receiver(observed) {
            shown.push(parameter.name.clone());
            continue;
        }
        let mut union = union.clone();
        union.extend(parameter.default_kind.map(of_default));
        let annotation = namer.text(&union);
        let default = if parameter.default.is_some() { " = …" } else { "" };
        let of = annotation.as_ref().map_or_else(String::new, |text| format!(": {text}"));
        shown.push(format!("{prefix}{}{of}{default}", parameter.name));
        let name = parameter.name.clone();
        annotations.push(Annotation { name, annotation, exists: parameter.is_annotated });
    }
    let result = result(namer, observed);
    let arrow = result.as_ref().map_or_else(String::new, |text| format!(" -> {text}"));
    let prefix = if signature.is_async { "async def" } else { "def" };
    let name = last_of(&observed.function).1;
    annotations.push(Annotation { name: "return".to_owned(), annotation: result, exists: signature.is_annotated });
    let reader = signature.decorators.iter().find(|one| !BLIND.contains(&last_of(one).1));
    FunctionTypes {
        function: observed.function.clone(),
        file: recording.short(observed.source).to_owned(),
        line: observed.line,
        calls: observed.calls,
        annotations,
        signature: format!("{prefix} {name}({}){arrow}", shown.join(", ")),
        kept: reader.map(|one| format!("it is decorated by {one}, which may read annotations")),
        imports: namer.imports.clone(),
    }
}

/// Whether the first parameter is `self` or `cls`.
fn has_receiver(observed: &Observed) -> bool {
    let is_static = observed.signature.decorators.iter().any(|one| last_of(one).1 == "staticmethod");
    observed.signature.is_method && !is_static
}

fn of_default(kind: Literal) -> Type {
    match kind {
        Literal::None => Type::None,
        Literal::Bool => Type::builtin("bool"),
        Literal::Int => Type::builtin("int"),
        Literal::Float => Type::builtin("float"),
        Literal::Str => Type::builtin("str"),
        Literal::Bytes => Type::builtin("bytes"),
        Literal::List => Type::container("builtins", "list", vec![Union::default()]),
        Literal::Tuple => Type::Tuples(Union::default()),
        Literal::Dict => Type::container("builtins", "dict", vec![Union::default(), Union::default()]),
        Literal::Set => Type::container("builtins", "set", vec![Union::default()]),
    }
}

fn result(namer: &mut Namer<'_>, observed: &Observed) -> Option<String> {
    let signature = &observed.signature;
    match (signature.yields, signature.is_async) {
        (Yields::Never, _) => namer.text(&observed.returned),
        // The frame of a coroutine also yields while it awaits.
        (_, true) => None,
        (Yields::Gives, false) if observed.returned.is_none() || observed.returned.is_empty() => {
            let item = namer.text(&observed.yielded)?;
            Some(format!("{}[{item}]", namer.import("collections.abc", "Iterator")?))
        }
        _ => {
            let item = namer.text(&observed.yielded)?;
            // Sent values are not recorded separately.
            let any = namer.import("typing", "Any")?;
            let returned = if observed.returned.is_empty() { any.clone() } else { namer.text(&observed.returned)? };
            Some(format!("{}[{item}, {any}, {returned}]", namer.import("collections.abc", "Generator")?))
        }
    }
}
