//! What a command line of python runs.

/// What an interpreter was told to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program<'a> {
    /// `-c CODE`
    Code(&'a [u8]),
    /// `-m MODULE`
    Module(&'a [u8]),
    /// `SCRIPT`, which may be `-`
    Script(&'a [u8]),
}

/// The code that was given with `-c`; `None` if something else runs.
///
/// `arguments` begins with the interpreter.
pub fn command<'a>(arguments: &[&'a [u8]]) -> Option<&'a [u8]> {
    match program(arguments) {
        Some(Program::Code(code)) => Some(code),
        _ => None,
    }
}

/// The option of a command line that keeps the tracer out: `-I` and `-E` hide the variables that it comes by, with
/// `-S` nothing is imported before the program.
pub fn keeps_out(arguments: &[&[u8]]) -> Option<char> {
    flags(arguments).find(|flag| matches!(flag, b'I' | b'E' | b'S')).map(char::from)
}

/// Whether a command line has python only say something of itself.
pub fn only_tells(arguments: &[&[u8]]) -> bool {
    let long = arguments.iter().skip(1).take_while(|argument| argument.starts_with(b"-"));
    long.into_iter().any(|argument| *argument == b"--version" || argument.starts_with(b"--help"))
        || flags(arguments).any(|flag| matches!(flag, b'V' | b'h' | b'?'))
}

/// The options of one letter before what is run.
fn flags<'a>(arguments: &[&'a [u8]]) -> impl Iterator<Item = u8> + 'a {
    let mut found = Vec::new();
    let mut rest = arguments.iter().skip(1);
    while let Some([b'-', flags @ ..]) = rest.next() {
        if flags.starts_with(b"-") {
            continue;
        }
        let end = flags.iter().position(|flag| matches!(flag, b'c' | b'm' | b'W' | b'X')).unwrap_or(flags.len());
        found.extend_from_slice(&flags[..end]);
        match flags.get(end) {
            Some(b'W' | b'X') if end + 1 == flags.len() => drop(rest.next()),
            Some(b'c' | b'm') => break,
            None if flags.is_empty() => break,
            _ => {}
        }
    }
    found.into_iter()
}

/// What a command line runs; `None` if python reads what it is told.
///
/// `arguments` begins with the interpreter.
pub fn program<'a>(arguments: &[&'a [u8]]) -> Option<Program<'a>> {
    let mut rest = arguments.iter().skip(1);
    while let Some(argument) = rest.next() {
        match argument {
            [b'-', b'-', ..] => {}
            [b'-', flags @ ..] if !flags.is_empty() => {
                for (at, flag) in flags.iter().enumerate() {
                    let attached = &flags[at + 1..];
                    match flag {
                        b'c' if attached.is_empty() => return rest.next().copied().map(Program::Code),
                        b'c' => return Some(Program::Code(attached)),
                        b'm' if attached.is_empty() => return rest.next().copied().map(Program::Module),
                        b'm' => return Some(Program::Module(attached)),
                        b'W' | b'X' => {
                            if attached.is_empty() {
                                rest.next();
                            }
                            break;
                        }
                        _ => {}
                    }
                }
            }
            [] => return None,
            script => return Some(Program::Script(script)),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Program, command, keeps_out, only_tells, program};

    #[test]
    fn finds_code_behind_options() {
        let found = |line: &str| {
            let arguments: Vec<&[u8]> = line.split('|').map(str::as_bytes).collect();
            command(&arguments).map(|code| String::from_utf8_lossy(code).into_owned())
        };
        assert_eq!(found("python|-c|print(1)|x"), Some("print(1)".into()));
        assert_eq!(found("python|-X|dev|-Bc|x=1"), Some("x=1".into()));
        assert_eq!(found("python|-Werror|--check-hash-based-pycs|-cpass"), Some("pass".into()));
        assert_eq!(found("python|-m|json.tool|-c|x"), None);
        assert_eq!(found("python|script.py|-c|x"), None);
        assert_eq!(found("python|-"), None);
        assert_eq!(found("python|-c"), None);
    }

    #[test]
    fn finds_options_that_keep_the_tracer_out() {
        let found = |line: &str| keeps_out(&line.split(' ').map(str::as_bytes).collect::<Vec<_>>());
        assert_eq!(found("python -I x.py"), Some('I'));
        assert_eq!(found("python -sE x.py"), Some('E'));
        assert_eq!(found("python -W error -BS -c 1"), Some('S'));
        assert_eq!(found("python -Im venv"), Some('I'));
        assert_eq!(found("python -mI"), None);
        assert_eq!(found("python -X I x.py -I"), None);
        assert_eq!(found("python -c 1 -I"), None);
        assert_eq!(found("python - -I"), None);
        let tells = |line: &str| only_tells(&line.split(' ').map(str::as_bytes).collect::<Vec<_>>());
        assert!(tells("python -V") && tells("python --version") && tells("python -Bh") && !tells("python x.py -V"));
    }

    #[test]
    fn finds_scripts_and_modules() {
        let line = |line: &'static str| line.split('|').map(str::as_bytes).collect::<Vec<_>>();
        assert_eq!(program(&line("python|-u|-W|error|shop.py|-c")), Some(Program::Script(b"shop.py")));
        assert_eq!(program(&line("python|-Im|flask|run")), Some(Program::Module(b"flask")));
        assert_eq!(program(&line("python|-")), Some(Program::Script(b"-")));
        assert_eq!(program(&line("python|-i")), None);
    }
}
