//! Reads a class from the source.

use ruff_python_ast::{Expr, Stmt, StmtClassDef};

use super::dotted;

/// A class as defined in its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassSource {
    /// Whether `@dataclass` creates its constructor.
    pub is_dataclass: bool,
    /// For a dataclass: whether its constructor takes all fields and stores its arguments unchanged.
    pub is_simple: bool,
    /// Whether `==` compares its instances by their contents.
    pub is_compared: bool,
    /// Whether it defines a constructor itself.
    pub has_constructor: bool,
    /// For a dataclass: its fields.
    pub fields: Vec<String>,
    /// Its bases as written.
    pub bases: Vec<String>,
    /// Names that the module imports: local name, module, name in that module.
    pub imported: Vec<(String, String, String)>,
}

/// The class with a qualified name in a source; `None` if there is none, or more than one.
#[must_use]
pub fn class_in(text: &str, qualified: &str) -> Option<ClassSource> {
    let parsed = connie_source::parse::module(text).ok()?;
    let body = &parsed.syntax().body;
    let mut source = read(definition(body, qualified)?);
    source.imported = imported(body);
    Some(source)
}

/// The definition of a class with a qualified name; `None` if there is none, or more than one.
fn definition<'s>(body: &'s [Stmt], qualified: &str) -> Option<&'s StmtClassDef> {
    let mut scope = body;
    let mut class = None;
    for name in qualified.split('.') {
        let mut found = classes(scope).into_iter().filter(|class| class.name.as_str() == name);
        let one = found.next().filter(|_| found.next().is_none())?;
        scope = &one.body;
        class = Some(one);
    }
    class
}

/// The classes of a body, including those below conditions.
fn classes(body: &[Stmt]) -> Vec<&StmtClassDef> {
    let mut found = Vec::new();
    for stmt in body {
        match stmt {
            Stmt::ClassDef(class) => found.push(class),
            Stmt::If(conditional) => {
                found.extend(classes(&conditional.body));
                conditional.elif_else_clauses.iter().for_each(|clause| found.extend(classes(&clause.body)));
            }
            Stmt::Try(attempt) => found.extend(classes(&attempt.body)),
            _ => {}
        }
    }
    found
}

/// What a definition says of a class, without what its module imports.
pub(crate) fn read(class: &StmtClassDef) -> ClassSource {
    let mut found = ClassSource { is_simple: true, ..ClassSource::default() };
    for decorator in &class.decorator_list {
        let (function, keywords) = match &decorator.expression {
            Expr::Call(call) => (&*call.func, call.arguments.keywords.as_ref()),
            other => (other, &[][..]),
        };
        if !matches!(dotted(function).as_deref(), Some("dataclass" | "dataclasses.dataclass")) {
            // This code may have changed anything.
            found.is_simple = false;
            continue;
        }
        let is_off = |name: &str| {
            let off = |value: &Expr| matches!(value, Expr::BooleanLiteral(value) if !value.value);
            keywords
                .iter()
                .any(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == name) && off(&keyword.value))
        };
        found.is_dataclass = true;
        found.is_compared |= !is_off("eq");
        found.is_simple &= !is_off("init");
    }
    let base = |base: &Expr| match base {
        Expr::Subscript(subscript) => dotted(&subscript.value),
        other => dotted(other),
    };
    found.bases = class.bases().iter().map(|one| base(one).unwrap_or_else(|| "?".to_owned())).collect();
    for stmt in &class.body {
        match stmt {
            Stmt::FunctionDef(function) => match function.name.as_str() {
                "__init__" | "__new__" => found.has_constructor = true,
                "__post_init__" => found.is_simple = false,
                "__eq__" => found.is_compared = true,
                _ => {}
            },
            Stmt::AnnAssign(field) if found.is_dataclass => read_field(field, &mut found),
            _ => {}
        }
    }
    found
}

fn read_field(field: &ruff_python_ast::StmtAnnAssign, found: &mut ClassSource) {
    let annotation = match &*field.annotation {
        Expr::Subscript(subscript) => dotted(&subscript.value),
        Expr::StringLiteral(text) => Some(text.value.to_str().split('[').next().unwrap_or_default().to_owned()),
        other => dotted(other),
    };
    match annotation.as_deref().map(|name| super::last_of(name).1) {
        Some("ClassVar") => return,
        Some("InitVar" | "KW_ONLY") => found.is_simple = false,
        _ => {}
    }
    if let Some(Expr::Call(call)) = field.value.as_deref() {
        let has_init = call.arguments.find_keyword("init").is_some();
        found.is_simple &= !has_init;
    }
    if let Expr::Name(name) = &*field.target {
        found.fields.push(name.id.to_string());
    }
}

/// The names that a module's statements import from other modules. A relative module name begins with its dots.
pub(crate) fn imported(body: &[Stmt]) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for stmt in body {
        let Stmt::ImportFrom(import) = stmt else { continue };
        let module = import.module.as_ref().map_or("", |module| module.as_str());
        let module = format!("{}{module}", ".".repeat(import.level as usize));
        for alias in &import.names {
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            found.push((name.to_string(), module.clone(), alias.name.to_string()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::class_in;

    #[test]
    fn dataclasses_are_told_from_others() {
        let text = "from x import B as D\n@dataclass(frozen=True)\nclass A(D):\n    x: int\n    C: ClassVar[int] = 1\n\
            class E(Generic[T]):\n    class F:\n        def __init__(self): pass\n        def __eq__(self, o): pass\n\
            @dataclass\nclass G:\n    x: int = field(init=False)\n";
        let a = class_in(text, "A").unwrap();
        assert!(a.is_dataclass && a.is_simple && a.is_compared && !a.has_constructor);
        assert_eq!((a.fields.as_slice(), a.bases.as_slice()), (&["x".to_owned()][..], &["D".to_owned()][..]));
        assert_eq!(a.imported, [("D".to_owned(), "x".to_owned(), "B".to_owned())]);
        let f = class_in(text, "E.F").unwrap();
        assert!(f.has_constructor && f.is_compared && !f.is_dataclass);
        assert!(!class_in(text, "G").unwrap().is_simple && class_in(text, "F").is_none());
    }
}
