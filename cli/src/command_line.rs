//! Arguments after `-m MODULE` or `-c CODE` belong to the program, as with python.

use std::ffi::{OsStr, OsString};

/// Inserts a `--` after `-m MODULE` and `-c CODE` of `connie run` and `connie watch`, so that no argument of the
/// program is parsed as an option of connie. `run` is that subcommand, which knows the options that take values.
pub fn settle(line: impl Iterator<Item = OsString>, run: &clap::Command) -> Vec<OsString> {
    let mut line: Vec<OsString> = line.collect();
    // Options may stand before the subcommand.
    let first = line.iter().skip(1).position(|word| !word.as_encoded_bytes().starts_with(b"-"));
    let Some(mut at) = first.filter(|first| line[first + 1] == run.get_name()).map(|first| first + 2) else {
        return line;
    };
    while let Some(word) = line.get(at).and_then(|word| word.to_str()) {
        let is_ours = word.starts_with('-') && word != "-" && word != "--";
        if !is_ours {
            return line;
        }
        let ends = !word.starts_with("--") && word.contains(['m', 'c']);
        at += if takes_next(word, run) { 2 } else { 1 };
        if ends {
            if at < line.len() && line[at] != OsStr::new("--") {
                line.insert(at, "--".into());
            }
            return line;
        }
    }
    line
}

/// Whether the next argument is the value of this option.
fn takes_next(word: &str, run: &clap::Command) -> bool {
    let takes = |argument: Option<&clap::Arg>| argument.is_some_and(|argument| argument.get_action().takes_values());
    match word.strip_prefix("--") {
        Some(name) => !name.contains('=') && takes(run.get_arguments().find(|own| own.get_long() == Some(name))),
        // In a group of short options, the last may take a value if none is attached to it.
        None => {
            let mut letters = word.chars().skip(1).peekable();
            while let Some(letter) = letters.next() {
                if takes(run.get_arguments().find(|own| own.get_short() == Some(letter))) {
                    return letters.peek().is_none();
                }
            }
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::settle;

    #[test]
    fn the_programs_arguments_are_its_own() {
        let run = clap::Command::new("run").args([
            clap::Arg::new("module").short('m'),
            clap::Arg::new("code").short('c'),
            clap::Arg::new("output").short('o').long("output"),
            clap::Arg::new("all").long("all").action(clap::ArgAction::SetTrue),
            clap::Arg::new("quiet").short('q').action(clap::ArgAction::SetTrue),
        ]);
        let settled = |line: &str| {
            let line = settle(line.split(' ').map(Into::into), &run);
            line.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(settled("connie run -m pytest -q --all"), "connie run -m pytest -- -q --all");
        assert_eq!(settled("connie --no-pager run -m pytest -q"), "connie --no-pager run -m pytest -- -q");
        assert_eq!(settled("connie --no-pager list -m x"), "connie --no-pager list -m x");
        assert_eq!(settled("connie run -q --output -m -qc x --all"), "connie run -q --output -m -qc x -- --all");
        assert_eq!(settled("connie run -o x -cpass -q"), "connie run -o x -cpass -- -q");
        assert_eq!(settled("connie run --all -m http.server"), "connie run --all -m http.server");
        assert_eq!(settled("connie run -m x -- -q"), "connie run -m x -- -q");
        for unchanged in ["connie run script.py -m x", "connie list -m x y", "connie", "connie run -- -m x y"] {
            assert_eq!(settled(unchanged), unchanged);
        }
    }
}
