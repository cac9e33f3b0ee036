//! Writes the text of a file of tests.

use std::fmt::Write;
use std::path::{Component, Path, PathBuf};

use connie_recording::plain::one_line;

use super::parts::{Made, Statement};
use crate::literal::layout::{WIDTH, requoted};
use crate::literal::{Imports, MAIN, Node, Program};

/// Modules of the standard library that expressions use.
const STANDARD: &[&str] = &[
    "array",
    "asyncio",
    "collections",
    "datetime",
    "decimal",
    "enum",
    "fractions",
    "functools",
    "http",
    "inspect",
    "ipaddress",
    "itertools",
    "math",
    "operator",
    "pathlib",
    "re",
    "signal",
    "socket",
    "ssl",
    "types",
    "typing",
    "uuid",
    "zoneinfo",
];

const SAME: &str = r#"

def same(one, other):
    """Whether two values are alike: nan is like nan, objects by what they have."""
    if type(one) is not type(other):
        return False
    if one == other or (one != one and other != other):
        return True
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple, collections.deque)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, BaseException) and not same(one.args, other.args):
        return False
    slots = getattr(type(one), "__slots__", ())
    slots = [slots] if isinstance(slots, str) else slots
    names = {*getattr(one, "__dict__", ()), *getattr(other, "__dict__", ()), *slots}
    if not names:
        return type(one).__eq__ in (object.__eq__, BaseException.__eq__)
    missing = object()
    pairs = [(getattr(one, n, missing), getattr(other, n, missing)) for n in names]
    return all(same(mine, yours) for mine, yours in pairs)
"#;

const REBUILT: &str = r#"

def rebuilt(cls, **attributes):
    """An object of a class with these attributes, made without its constructor."""
    made = object.__new__(cls)
    for name, value in attributes.items():
        object.__setattr__(made, name, value)
    return made
"#;

const LOAD: &str = r#"

def load(name, path):
    """The module that a file makes when it is imported."""
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
"#;

/// The text of a test file in a folder.
pub fn file(program: &Program<'_>, imports: &Imports, made: &[Made], folder: &Path) -> String {
    let needs = |what: fn(&Made) -> bool| made.iter().any(|one| one.skipped.is_none() && what(one));
    let (same, rebuilt) = (needs(|one| one.compares), needs(|one| one.rebuilds));
    let recording = program.recording();
    let name = made.first().map_or("?", |one| one.name.as_str());
    let command = recording.info.argv.iter().skip(1).map(|word| clean(word)).collect::<Vec<_>>().join(" ");
    let mut out = format!("\"\"\"Recorded calls of {} as tests: python {command}.\"\"\"\n", clean(name));
    let (standard, others, own) = imported(program, imports, made, folder, same);
    for group in [standard, others] {
        if !group.is_empty() {
            let _ = write!(out, "\n{}\n", group.join("\n"));
        }
    }
    if !own.is_empty() {
        let _ = write!(out, "\n{}\n", own.join("\n"));
    }
    if same {
        out.push_str(SAME);
    }
    if rebuilt {
        out.push_str(REBUILT);
    }
    if let Some(path) = main_path(program, imports, folder) {
        let name = main_name(imports);
        let _ = write!(out, "{LOAD}\n\n{name} = load(\"{name}\", {path})\n");
    }
    for one in made {
        out.push_str(&test(one, made.len() > 1));
    }
    out
}

/// Makes a text safe for a docstring or a comment.
fn clean(text: &str) -> String {
    one_line(text).replace(['\\', '"'], "'")
}

fn test(made: &Made, is_numbered: bool) -> String {
    let mut out = String::from("\n\n");
    if let Some(why) = &made.skipped {
        let reason = requoted(&format!("'{}'", one_line(why).replace('\\', "\\\\").replace('\'', "\\'")));
        let short = format!("@pytest.mark.skip(reason={reason})");
        let long = format!("@pytest.mark.skip(\n    reason={reason}\n)");
        out.push_str(if short.chars().count() <= WIDTH { &short } else { &long });
        out.push('\n');
    }
    let number = if is_numbered || made.call != 1 { format!("_call_{}", made.call) } else { String::new() };
    let _ = writeln!(out, "def test_{}{number}():", made.name.trim_matches('_'));
    let _ = writeln!(out, "    # Call {} in the recording, at step {}.", made.call, made.step);
    for note in &made.notes {
        let _ = writeln!(out, "    # {}", clean_comment(note));
    }
    for statement in &made.body {
        let mut text = statement.text();
        if made.skipped.is_some() && !matches!(statement, Statement::Comment(_)) {
            text = text.lines().map(|line| format!("    # {}\n", line.strip_prefix("    ").unwrap_or(line))).collect();
        }
        out.push_str(&text);
    }
    if made.skipped.is_some() {
        out.push_str("    pass\n");
    }
    out
}

fn clean_comment(text: &str) -> String {
    one_line(text).into_owned()
}

impl Statement {
    /// The text of the statement in the body of a function.
    fn text(&self) -> String {
        match self {
            Statement::Comment(text) => format!("    # {}\n", clean_comment(text)),
            Statement::Assert(text) => format!("    assert {text}\n"),
            Statement::Assign(name, node) => format!("    {}\n", assigned(name, node)),
            Statement::Raises(class, text, call) => {
                let matches = text.as_ref().map(|text| {
                    let mut pattern = String::new();
                    connie_wire::repr::str(text.as_bytes(), &mut pattern);
                    let is_plain = !text.contains(|c| "\\.^$*+?{}[]|()".contains(c));
                    if is_plain { requoted(&pattern) } else { format!("re.escape({})", requoted(&pattern)) }
                });
                let short = matches.as_ref().map_or_else(String::new, |text| format!(", match={text}"));
                let mut head = format!("    with pytest.raises({class}{short}):");
                if let Some(text) = matches.filter(|_| head.chars().count() > WIDTH) {
                    let inner = format!("{class}, match={text}");
                    head = if inner.chars().count() + 8 <= WIDTH {
                        format!("    with pytest.raises(\n        {inner}\n    ):")
                    } else {
                        format!("    with pytest.raises(\n        {class},\n        match={text},\n    ):")
                    };
                }
                format!("{head}\n        {}\n", call.layout(8, "", 0))
            }
        }
    }
}

/// An assignment. An expression that is too long and cannot be broken is put into parentheses if it then fits.
fn assigned(name: &str, node: &Node) -> String {
    let before = format!("{name} = ");
    if let Node::Atom(text) = node {
        let (short, long) = (4 + before.len() + text.chars().count(), 8 + text.chars().count());
        if short > WIDTH && long <= WIDTH {
            return format!("{before}(\n        {text}\n    )");
        }
    }
    node.layout(4, &before, 0)
}

fn main_name(imports: &Imports) -> String {
    imports.all().find(|(module, _)| *module == MAIN).map_or_else(|| "main".to_owned(), |(_, name)| name.to_owned())
}

/// The module that was run with `-m`.
fn main_module<'a>(program: &Program<'a>) -> Option<&'a str> {
    let argv = &program.recording().info.argv;
    let at = argv.iter().skip(1).position(|word| !word.starts_with('-') || word == "-m")? + 1;
    (argv[at] == "-m").then(|| argv.get(at + 1).map(String::as_str)).flatten()
}

/// An expression for the path of the main script, if it is needed.
fn main_path(program: &Program<'_>, imports: &Imports, folder: &Path) -> Option<String> {
    if !imports.has(MAIN) || main_module(program).is_some() {
        return None;
    }
    let source = program.source_of(MAIN)?;
    Some(path_expression(program, Path::new(&program.recording().sources[source as usize].path), folder))
}

/// A path relative to the test file if both are in the project; otherwise unchanged.
fn path_expression(program: &Program<'_>, path: &Path, folder: &Path) -> String {
    let root = Path::new(&program.recording().info.root);
    let quoted = |path: &Path| {
        let mut text = String::new();
        connie_wire::repr::str(path.to_string_lossy().as_bytes(), &mut text);
        requoted(&text)
    };
    if !(path.starts_with(root) && folder.starts_with(root)) {
        return format!("pathlib.Path({})", quoted(path));
    }
    let relative = relative(path, folder);
    if relative.as_os_str().is_empty() {
        return "pathlib.Path(__file__).parent".to_owned();
    }
    format!("pathlib.Path(__file__).parent / {}", quoted(&relative))
}

/// A path relative to a folder.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let (of_path, of_folder): (Vec<Component<'_>>, Vec<_>) =
        (path.components().collect(), folder.components().collect());
    let common = of_path.iter().zip(&of_folder).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n(Component::ParentDir, of_folder.len() - common);
    up.chain(of_path[common..].iter().copied()).collect()
}

/// The folder in which Python found a module of the program.
fn folder_of(program: &Program<'_>, module: &str) -> Option<PathBuf> {
    let source = program.source_of(module)?;
    let path = Path::new(&program.recording().sources[source as usize].path);
    let is_package = path.file_name().is_some_and(|name| name == "__init__.py");
    let levels = module.split('.').count() + usize::from(is_package);
    path.ancestors().nth(levels).map(Path::to_path_buf)
}

type Groups = (Vec<String>, Vec<String>, Vec<String>);

/// The import statements: standard library, packages, and modules of the program.
fn imported(program: &Program<'_>, imports: &Imports, made: &[Made], folder: &Path, same: bool) -> Groups {
    let (mut standard, mut own) = (Vec::new(), Vec::new());
    let mut others = Vec::new();
    let is_live = made.iter().any(|one| one.skipped.is_none());
    let raises = |one: &Made| one.body.iter().any(|statement| matches!(statement, Statement::Raises(..)));
    if made.iter().any(|one| one.skipped.is_some() || raises(one)) {
        others.push("import pytest".to_owned());
    }
    let mut folders = Vec::new();
    for (module, name) in imports.all().filter(|_| is_live) {
        if module == MAIN && main_module(program).is_none() {
            standard.extend(["import importlib.util", "import pathlib", "import sys"].map(str::to_owned));
            continue;
        }
        let module = if module == MAIN { main_module(program).unwrap_or(module) } else { module };
        let line = import_line(module, name);
        if STANDARD.contains(&module.split('.').next().unwrap_or(module)) {
            standard.push(line);
        } else if let Some(at) = folder_of(program, module) {
            if at != folder
                && !folders.contains(&at)
                && !at.components().any(|part| part.as_os_str() == "site-packages")
            {
                folders.push(at);
            }
            own.push(line);
        } else {
            others.push(line);
        }
    }
    if same {
        standard.push("import collections".to_owned());
    }
    let escapes = |one: &Made| {
        let escaped = |statement: &Statement| statement.text().contains("re.escape(");
        one.skipped.is_none() && one.body.iter().any(escaped)
    };
    if made.iter().any(escapes) {
        standard.push("import re".to_owned());
    }
    if !folders.is_empty() {
        standard.extend(["import pathlib", "import sys"].map(str::to_owned));
        let path = |at: &PathBuf| format!("sys.path.insert(0, str({}))", path_expression(program, at, folder));
        let mut lines: Vec<String> = folders.iter().map(path).collect();
        lines.push(String::new());
        own.sort();
        lines.append(&mut own);
        own = lines;
    } else {
        own.sort();
    }
    for group in [&mut standard, &mut others] {
        group.sort();
        group.dedup();
    }
    (standard, others, own)
}

fn import_line(module: &str, name: &str) -> String {
    match module.rsplit_once('.') {
        Some((package, last)) if last == name => format!("from {package} import {last}"),
        Some((package, last)) => format!("from {package} import {last} as {name}"),
        None if module == name => format!("import {module}"),
        None => format!("import {module} as {name}"),
    }
}
