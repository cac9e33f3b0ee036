//! A warning about patterns of `--include` that matched no file.

use std::path::Path;

use connie_recording::Recording;
use connie_recording::plain::one_line;
use connie_wire::paths::{matches, with_real_patterns};

use super::what::patterns;
use crate::{screen, style};

/// Warns if no recorded file matches a pattern that was given on the command line.
pub fn warn(recording: &Path, given: &[String], root: &Path, cwd: &Path) {
    if given.is_empty() {
        return;
    }
    let Ok(recording) = Recording::open(recording) else { return };
    let paths: Vec<&str> = recording.sources.iter().map(|source| source.path.as_str()).collect();
    if let Some(text) = sentence(&unmatched(given, &paths, &root.to_string_lossy(), cwd)) {
        screen::say!("{}connie:{:#} {text}", style::WARNING, style::WARNING);
    }
}

/// The patterns that match none of the recorded paths.
fn unmatched<'g>(given: &'g [String], recorded: &[&str], root: &str, cwd: &Path) -> Vec<&'g str> {
    let has = |pattern: &String| {
        let all = with_real_patterns(&patterns(std::slice::from_ref(pattern), cwd), root);
        let relative = |path: &str| path.strip_prefix(root).map(|rest| rest.trim_start_matches('/').to_owned());
        recorded.iter().any(|path| all.iter().any(|pattern| matches(pattern, path, relative(path).as_deref())))
    };
    given.iter().filter(|pattern| !has(pattern)).map(String::as_str).collect()
}

/// The warning; `None` if all patterns matched.
fn sentence(unmatched: &[&str]) -> Option<String> {
    let first = unmatched.first()?;
    let shown: Vec<String> = unmatched.iter().map(|pattern| format!("--include {}", one_line(pattern))).collect();
    let is_name = !first.is_empty() && first.chars().all(|char| char == '_' || char == '.' || char.is_alphanumeric());
    let package = is_name && !first.ends_with(".py");
    let hint = if package { format!(" (an installed package is --include package:{first})") } else { String::new() };
    Some(format!("{} matched no file that ran{hint}", shown.join(" and ")))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{sentence, unmatched};

    #[test]
    fn patterns_without_a_file_are_named() {
        let given = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let recorded = ["/p/main.py", "/lib/site-packages/flask/app.py", "/q/tools/a.py"];
        let left = |text: &str| {
            let given = given(text);
            unmatched(&given, &recorded, "/p", Path::new("/q")).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(left("package:flask main.py ./tools /q/tools *.py /q/*/a.py"), Vec::<String>::new());
        assert_eq!(left("flask package:requests ../x main.py"), ["flask", "package:requests", "../x"]);
    }

    #[test]
    fn one_sentence_tells_them() {
        assert_eq!(sentence(&[]), None);
        assert_eq!(
            sentence(&["requests"]).as_deref(),
            Some("--include requests matched no file that ran (an installed package is --include package:requests)")
        );
        assert_eq!(
            sentence(&["a/*.py", "b"]).as_deref(),
            Some("--include a/*.py and --include b matched no file that ran")
        );
    }
}
