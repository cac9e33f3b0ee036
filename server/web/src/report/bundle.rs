//! The viewer's modules as one classic script, because a browser loads no modules from a folder.
//!
//! Each module becomes a function that gives its exports to those that import them; modules come after what they import.
//! The modules are ours, so only the forms that they use are known, and anything else is refused:
//!
//! - `import { name, name as other } from "./file.js";` at the beginning of a line, over one line or several;
//! - `export` before a function, a class or a constant, at the beginning of a line.

use std::fmt::Write;

/// Why modules cannot be put together.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbundled {
    /// A module imports what is not there.
    #[error("there is no module {0}")]
    Missing(String),
    /// Modules import each other.
    #[error("{0} imports itself")]
    Cycle(String),
    /// A module has a form that is not known.
    #[error("{0} has an import or an export of an unknown form: {1}")]
    Form(String, String),
}

/// The name, and the name inside of the module that imports it.
type Import<'a> = (&'a str, &'a str);

/// A module in its parts.
struct Module<'a> {
    /// Files, and what is imported from them.
    imports: Vec<(&'a str, Vec<Import<'a>>)>,
    exports: Vec<&'a str>,
    body: String,
}

/// The modules that `entry` needs, as one script. `replaced` has modules that others take the place of.
///
/// # Errors
/// If a module is missing, modules import each other, or one has a form that is not known.
pub fn bundle(files: &[(&str, &str)], entry: &str, replaced: &[(&str, &str)]) -> Result<String, Unbundled> {
    let mut made = Bundle { files, replaced, open: Vec::new(), done: Vec::new(), out: String::new() };
    made.out.push_str("\"use strict\";\n(() => {\nconst modules = {};\n");
    made.add(entry)?;
    made.out.push_str("})();\n");
    Ok(made.out)
}

struct Bundle<'a> {
    files: &'a [(&'a str, &'a str)],
    replaced: &'a [(&'a str, &'a str)],
    open: Vec<&'a str>,
    done: Vec<&'a str>,
    out: String,
}

impl<'a> Bundle<'a> {
    /// The module that is meant by a name.
    fn meant(&self, name: &'a str) -> &'a str {
        self.replaced.iter().find(|(of, _)| *of == name).map_or(name, |(_, by)| by)
    }

    fn add(&mut self, name: &'a str) -> Result<(), Unbundled> {
        if self.done.contains(&name) {
            return Ok(());
        }
        if self.open.contains(&name) {
            return Err(Unbundled::Cycle(name.into()));
        }
        let missing = || Unbundled::Missing(name.into());
        let (_, text) = self.files.iter().find(|(known, _)| *known == name).ok_or_else(missing)?;
        let module = read(name, text)?;
        self.open.push(name);
        for (from, _) in &module.imports {
            self.add(self.meant(from))?;
        }
        self.open.pop();
        self.done.push(name);
        self.write(name, &module);
        Ok(())
    }

    fn write(&mut self, name: &str, module: &Module<'a>) {
        let mut text = format!("\n// {name}\n(() => {{\n");
        for (from, names) in &module.imports {
            let names = names.iter().map(|(name, own)| match name == own {
                true => (*name).to_owned(),
                false => format!("{name}: {own}"),
            });
            let names = names.collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "const {{ {names} }} = modules[\"{}\"];", self.meant(from));
        }
        text.push_str(&module.body);
        let _ = writeln!(text, "modules[\"{name}\"] = {{ {} }};\n}})();", module.exports.join(", "));
        self.out.push_str(&text);
    }
}

/// The parts of a module.
fn read<'a>(name: &str, text: &'a str) -> Result<Module<'a>, Unbundled> {
    let unknown = |line: &str| Unbundled::Form(name.into(), line.trim_end().into());
    let mut module = Module { imports: Vec::new(), exports: Vec::new(), body: String::new() };
    let mut rest = text;
    while !rest.is_empty() {
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        if line.starts_with("import") && !line.starts_with("import.") {
            let end = rest.find(';').ok_or_else(|| unknown(line))? + 1;
            module.imports.push(import(&rest[..end]).ok_or_else(|| unknown(line))?);
            rest = rest[end..].trim_start_matches('\n');
            continue;
        }
        match line.strip_prefix("export ") {
            Some(declared) => {
                module.exports.push(exported(declared).ok_or_else(|| unknown(line))?);
                module.body.push_str(declared);
            }
            None => module.body.push_str(line),
        }
        rest = &rest[line.len()..];
    }
    if !module.body.ends_with('\n') {
        module.body.push('\n');
    }
    Ok(module)
}

/// The parts of `import { a, b as c } from "./file.js";`.
fn import(statement: &str) -> Option<(&str, Vec<Import<'_>>)> {
    let (names, from) = statement.strip_prefix("import {")?.split_once("} from \"./")?;
    let from = from.strip_suffix("\";")?;
    let each = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    let names = each.map(|name| name.split_once(" as ").unwrap_or((name, name))).collect();
    Some((from, names))
}

/// The name that a declaration declares.
fn exported(declaration: &str) -> Option<&str> {
    let declaration = declaration.strip_prefix("async ").unwrap_or(declaration);
    let rest = ["function ", "class ", "const "].iter().find_map(|word| declaration.strip_prefix(word))?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')?;
    Some(&rest[..end]).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_come_after_what_they_import() {
        let files = [
            (
                "page.js",
                "import { ask, say as tell } from \"./ask.js\";\nimport {\n  one,\n} from \"./one.js\";\ntell(ask(one));\n",
            ),
            ("ask.js", "export const ask = 1;"),
            (
                "other.js",
                "import { one } from \"./one.js\";\nexport async function ask() {}\nexport function say() {}\n",
            ),
            ("one.js", "// Nothing.\nexport class one {}\n"),
        ];
        let made = bundle(&files, "page.js", &[("ask.js", "other.js")]).unwrap();
        let expected = r#""use strict";
(() => {
const modules = {};

// one.js
(() => {
// Nothing.
class one {}
modules["one.js"] = { one };
})();

// other.js
(() => {
const { one } = modules["one.js"];
async function ask() {}
function say() {}
modules["other.js"] = { ask, say };
})();

// page.js
(() => {
const { ask, say: tell } = modules["other.js"];
const { one } = modules["one.js"];
tell(ask(one));
modules["page.js"] = {  };
})();
})();
"#;
        assert_eq!(made, expected);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        let one = |text| bundle(&[("a.js", text), ("b.js", "import { a } from \"./a.js\";\n")], "a.js", &[]);
        assert_eq!(one("import { b } from \"./c.js\";\n"), Err(Unbundled::Missing("c.js".into())));
        assert_eq!(one("import { b } from \"./b.js\";\n"), Err(Unbundled::Cycle("a.js".into())));
        for text in [
            "import \"./b.js\";\n",
            "import b from \"./b.js\";\n",
            "import * as b from \"./b.js\";\n",
            "import { b } from \"b\";\n",
            "export { b } from \"./b.js\";\n",
            "export let b = 1;\n",
            "export default 1;\n",
        ] {
            assert!(matches!(one(text), Err(Unbundled::Form(..))), "{text}");
        }
    }
}
