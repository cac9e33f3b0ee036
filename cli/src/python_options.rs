//! Checks options for the interpreter: those with which connie cannot record are rejected.

use connie_wire::arguments::{CommandLine, Program};

/// Where the options were given, which determines the wording of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrittenIn {
    /// `--python-arg`
    CommandLine,
    /// `"pythonArgs"` and `"python"` of a launch configuration
    Configuration,
}

/// Checks options such as `-O`, `-X dev` and `-W error`.
///
/// # Errors
/// A sentence that says what to do if an option prevents the tracer from loading, names what to run, or is unknown.
pub fn check(options: &[String], place: WrittenIn) -> Result<(), String> {
    let words: Vec<&[u8]> = options.iter().map(String::as_bytes).collect();
    let line = CommandLine::read(&words);
    if let Some(flag) = line.keeps_out() {
        return Err(format!("nothing can be recorded with python -{flag}: run without this option"));
    }
    if line.is_closed {
        return Err(no_option("--", place));
    }
    match (line.program, line.unfinished) {
        (Some(Program::Code(_)), _) => Err(says_what_to_run('c', place)),
        (Some(Program::Module(_)), _) => Err(says_what_to_run('m', place)),
        (Some(Program::Script(word)), _) => Err(no_option(&String::from_utf8_lossy(word), place)),
        (None, Some([b'-', b'-', ..])) | (None, Some([.., b'W' | b'X'])) => {
            Err(format!("{:?} needs a value", options.last().map_or("", String::as_str)))
        }
        (None, Some([.., letter])) => Err(says_what_to_run(char::from(*letter), place)),
        (None, _) => Ok(()),
    }
}

fn says_what_to_run(letter: char, place: WrittenIn) -> String {
    let instead = match (place, letter) {
        (WrittenIn::Configuration, _) => "use \"module\" or \"code\" for that",
        (WrittenIn::CommandLine, 'c') => "use connie run -c CODE instead",
        (WrittenIn::CommandLine, _) => "use connie run -m MODULE instead",
    };
    format!("python -{letter} says what to run: {instead}")
}

fn no_option(word: &str, place: WrittenIn) -> String {
    let instead = match place {
        WrittenIn::Configuration => "arguments of the program are \"args\"",
        WrittenIn::CommandLine => {
            "put the script and its arguments after all options, as in connie run --python-arg=-O SCRIPT ARGS"
        }
    };
    format!("{word:?} is not an option of the interpreter: {instead}")
}

#[cfg(test)]
mod tests {
    use super::{WrittenIn, check};

    fn of(options: &str, place: WrittenIn) -> Result<(), String> {
        let options = options.split(' ').filter(|option| !option.is_empty()).map(str::to_owned);
        check(&options.collect::<Vec<_>>(), place)
    }

    #[test]
    fn options_are_checked() {
        for fine in [
            "",
            "-O",
            "-OO -B",
            "-X dev -u",
            "-Xdev",
            "-W error",
            "-Werror::ImportWarning",
            "-bW error",
            "-sP",
            "-X importtime -bb",
            "--check-hash-based-pycs always",
            "--check-hash-based-pycs -E",
            "-WE -XI",
        ] {
            assert_eq!(of(fine, WrittenIn::CommandLine), Ok(()), "{fine}");
        }
        for (wrong, command_line, configuration) in [
            ("-E", "python -E", "python -E"),
            ("-sI", "python -I", "python -I"),
            ("-S", "python -S", "python -S"),
            ("-Sm pkg", "python -S", "python -S"),
            ("-m pytest", "connie run -m MODULE", "\"module\""),
            ("-mpytest", "connie run -m MODULE", "\"module\""),
            ("-Bm", "connie run -m MODULE", "\"module\""),
            ("-c x", "connie run -c CODE", "\"code\""),
            ("-c", "connie run -c CODE", "\"code\""),
            ("main.py", "--python-arg=-O SCRIPT", "\"args\""),
            ("-O x", "--python-arg=-O SCRIPT", "\"args\""),
            ("-", "\"-\" is not an option", "\"args\""),
            ("-B --", "\"--\" is not an option", "\"args\""),
            ("-X", "\"-X\" needs a value", "\"-X\" needs a value"),
            ("-O -W", "\"-W\" needs a value", "\"-W\" needs a value"),
            ("--check-hash-based-pycs", "needs a value", "needs a value"),
        ] {
            for (place, why) in [(WrittenIn::CommandLine, command_line), (WrittenIn::Configuration, configuration)] {
                let said = of(wrong, place).unwrap_err();
                assert!(said.contains(why), "{wrong}: {said}");
            }
            let said = of(wrong, WrittenIn::CommandLine).unwrap_err();
            assert!(!said.contains("\"args\"") && !said.contains("\"module\""), "{said}");
        }
        assert!(check(&[String::new()], WrittenIn::CommandLine).is_err());
    }
}
