//! Messages that explain why nothing of a program was recorded, and which option changes that.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitStatus;

use connie_recording::reader::NEVER_BEGAN;
use connie_recording::recorder::LeftOut;
use connie_wire::verdict::Verdict;

/// The maximum number of packages named.
const NAMED: usize = 3;

/// Files in site-packages that run whenever Python starts, regardless of the program.
const AT_START: [&str; 3] = ["_distutils_hack", "_virtualenv", "__editable__"];

/// A message for a recording without code of the project; `root` is the project's root. Files below `own` belong to
/// connie.
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
        reasons.push(format!("{} in a path that is not valid UTF-8, which connie cannot record", files(first, rest)));
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

/// A message for a program that failed before its first line, because of a syntax error or a missing module, so that no
/// option would record more. `arguments` are those of the interpreter, `said` is the last line on stderr.
pub fn failed_before(
    status: ExitStatus,
    arguments: &[OsString],
    left_out: &[LeftOut],
    said: Option<String>,
) -> Option<String> {
    let code = status.code()?;
    // Other files run before the program too, for example runpy.
    let is_known = |file: &LeftOut| match file.verdict {
        Verdict::Stdlib => is_in_library(&file.path, arguments),
        Verdict::SitePackages => is_programs(&file.path, arguments),
        _ => true,
    };
    let failed = code != 0 && !left_out.iter().any(is_known);
    failed.then(|| match said {
        Some(said) => format!("{NEVER_BEGAN}: {said}"),
        None => format!("{NEVER_BEGAN} (see its message above)"),
    })
}

/// Whether the interpreter's arguments name a module or a script of the standard library. `file` is the only script
/// that the caller knows.
fn is_in_library(file: &str, arguments: &[OsString]) -> bool {
    let named = |path: &&Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python3"));
    let Some(library) = Path::new(file).ancestors().find(named) else { return true };
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let module = texts.iter().position(|text| text.starts_with("-m")).and_then(|at| match texts[at] {
        "-m" => texts.get(at + 1).copied(),
        joined => joined.strip_prefix("-m"),
    });
    let is_module = module.is_some_and(|module| {
        let path = library.join(module.replace('.', "/"));
        path.with_extension("py").is_file() || path.join("__main__.py").is_file()
    });
    is_module || texts.iter().any(|text| Path::new(text).starts_with(library))
}

/// Whether a file is the script, or belongs to the module, that the interpreter's arguments name.
fn is_programs(path: &str, arguments: &[OsString]) -> bool {
    arguments.iter().filter_map(|argument| argument.to_str()).filter(|argument| !argument.is_empty()).any(|argument| {
        let module = argument.strip_prefix("-m").unwrap_or(argument);
        let package = module.split('.').next().unwrap_or_default();
        let is_package = !package.is_empty()
            && (path.contains(&format!("/{package}/")) || path.ends_with(&format!("/{package}.py")));
        is_package || Path::new(path).ends_with(argument)
    })
}

/// The subject of the sentence with the reason.
fn files(first: &str, rest: &[&str]) -> String {
    match rest.len() {
        0 => format!("{first} is"),
        more => format!("{first} and {more} more {} are", if more == 1 { "file" } else { "files" }),
    }
}

/// The folder that contains all files; the file itself if there is only one.
fn common(first: &str, rest: &[&str]) -> String {
    let mut folder = Path::new(first);
    while let Some(parent) = folder.parent().filter(|_| !rest.iter().all(|path| Path::new(path).starts_with(folder))) {
        folder = parent;
    }
    // The root of the file system is not a useful answer.
    let found = if folder.components().count() > 1 { folder } else { Path::new(first) };
    found.to_string_lossy().into_owned()
}

/// A word quoted for a shell.
fn quoted(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

/// The names of the packages that contain files, in the order in which they ran.
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
    fn options_that_cannot_help_are_not_advised() {
        let failed = |code: i32, arguments: &[&str], list: &[(Verdict, &str)]| {
            let files = list.iter().map(|(verdict, path)| LeftOut { verdict: *verdict, path: (*path).into() });
            let arguments: Vec<OsString> = arguments.iter().map(Into::into).collect();
            let status = std::os::unix::process::ExitStatusExt::from_raw(code << 8);
            failed_before(status, &arguments, &files.collect::<Vec<_>>(), None).is_some()
        };
        let runpy = (Verdict::Stdlib, "/usr/lib/python3.12/runpy.py");
        assert!(failed(1, &["main.py"], &[]));
        assert!(failed(1, &["-m", "nosuch.mod"], &[runpy]));
        assert!(!failed(0, &["-m", "nosuch.mod"], &[runpy]));
        assert!(!failed(1, &["/usr/lib/python3.12/tokenize.py"], &[runpy]));
        assert!(!failed(1, &["/q/a.py"], &[(Verdict::Outside, "/q/a.py")]));
    }

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
