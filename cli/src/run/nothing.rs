//! Why nothing of a program was recorded, and the option that changes it.

use std::path::Path;

use connie_recording::recorder::LeftOut;
use connie_wire::verdict::Verdict;

/// How many packages are named.
const NAMED: usize = 3;

/// What runs in site-packages when python starts, whatever the program is.
const AT_START: [&str; 3] = ["_distutils_hack", "_virtualenv", "__editable__"];

/// A sentence for a recording without code of the project; `root` is the project's. Files below `own` are connie's.
pub fn sentence(root: &str, left_out: &[LeftOut], own: &Path) -> String {
    let of = |verdict: Verdict| -> Vec<&str> {
        let files = left_out.iter().filter(|file| file.verdict == verdict && !Path::new(&file.path).starts_with(own));
        files.map(|file| file.path.as_str()).collect()
    };
    let mut reasons = Vec::new();
    if let [first, rest @ ..] = of(Verdict::Excluded).as_slice() {
        reasons.push(format!("{} excluded by a pattern (exclude)", files(first, rest)));
    }
    if let [first, rest @ ..] = of(Verdict::Outside).as_slice() {
        let folder = common(first, rest);
        reasons.push(format!("{} outside of it (record that with --include {})", files(first, rest), quoted(&folder)));
    }
    if let [first, rest @ ..] = of(Verdict::Environment).as_slice() {
        let folder = common(first, rest);
        let text =
            format!("{} in a virtual environment (record that with --include {})", files(first, rest), quoted(&folder));
        reasons.push(text);
    }
    if let [first, rest @ ..] = of(Verdict::Missing).as_slice() {
        let text = format!("{} named by code, but there is no such file (record that with --all)", files(first, rest));
        reasons.push(text);
    }
    if let [first, rest @ ..] = of(Verdict::NoText).as_slice() {
        reasons.push(format!("{} in a path that is no UTF-8 text, which connie cannot record", files(first, rest)));
    }
    let packages = packages(&of(Verdict::SitePackages));
    if let [first, ..] = packages.as_slice() {
        let more = if packages.len() > NAMED { ", …" } else { "" };
        let named = packages[..packages.len().min(NAMED)].join(", ");
        reasons.push(format!(
            "installed packages ran ({named}{more}; record them with --include-site-packages, or one with --include package:{first})"
        ));
    }
    if reasons.is_empty() && !of(Verdict::Stdlib).is_empty() {
        reasons.push("only the standard library ran (record it with --include-stdlib)".into());
    }
    let reasons = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
    format!("no line of the project {root} ran{reasons}")
}

/// The subject of a reason.
fn files(first: &str, rest: &[&str]) -> String {
    match rest.len() {
        0 => format!("{first} is"),
        more => format!("{first} and {more} more {} are", if more == 1 { "file" } else { "files" }),
    }
}

/// The folder that all files have in common; the file itself if it is the only one.
fn common(first: &str, rest: &[&str]) -> String {
    let mut folder = Path::new(first);
    while let Some(parent) = folder.parent().filter(|_| !rest.iter().all(|path| Path::new(path).starts_with(folder))) {
        folder = parent;
    }
    // The whole file system is no help.
    let found = if folder.components().count() > 1 { folder } else { Path::new(first) };
    found.to_string_lossy().into_owned()
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

/// The names of the packages that files are part of, in the order in which they ran.
fn packages(files: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for path in files {
        let within = path.split("/site-packages/").nth(1).or_else(|| path.split("/dist-packages/").nth(1));
        let name = within.and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let name = name.strip_suffix(".py").unwrap_or(name).to_owned();
        let is_at_start = AT_START.iter().any(|start| name.starts_with(start));
        if !name.is_empty() && !is_at_start && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_name_the_option_that_helps() {
        let of = |list: &[(Verdict, &str)]| {
            let files = list.iter().map(|(verdict, path)| LeftOut { verdict: *verdict, path: (*path).into() });
            sentence("/p", &files.collect::<Vec<_>>(), Path::new("/own"))
        };
        assert_eq!(of(&[]), "no line of the project /p ran");
        let outside = (Verdict::Outside, "/q/a b.py");
        assert_eq!(
            of(&[(Verdict::Stdlib, "/usr/lib/python3/x.py"), outside]),
            "no line of the project /p ran: /q/a b.py is outside of it (record that with --include '/q/a b.py')"
        );
        assert!(
            of(&[outside, (Verdict::Outside, "/q/r/c.py")])
                .ends_with("/q/a b.py and 1 more file are outside of it (record that with --include /q)")
        );
        let package = (Verdict::SitePackages, "/e/lib/python3.13/site-packages/flask/app.py");
        assert!(of(&[package]).contains("installed packages ran (flask; record them with --include-site-packages, or one with --include package:flask)"));
        assert!(
            of(&[(Verdict::Stdlib, "x")]).ends_with("only the standard library ran (record it with --include-stdlib)")
        );
    }
}
