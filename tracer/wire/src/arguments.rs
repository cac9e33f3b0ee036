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

/// The code that was given with `-c`; `None` where something else runs.
///
/// `arguments` begins with the interpreter.
pub fn command<'a>(arguments: &[&'a [u8]]) -> Option<&'a [u8]> {
    match program(arguments) {
        Some(Program::Code(code)) => Some(code),
        _ => None,
    }
}

/// What a command line runs; `None` where python reads what it is told.
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
    use super::{Program, command, program};

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
    fn finds_scripts_and_modules() {
        let line = |line: &'static str| line.split('|').map(str::as_bytes).collect::<Vec<_>>();
        assert_eq!(program(&line("python|-u|-W|error|shop.py|-c")), Some(Program::Script(b"shop.py")));
        assert_eq!(program(&line("python|-Im|flask|run")), Some(Program::Module(b"flask")));
        assert_eq!(program(&line("python|-")), Some(Program::Script(b"-")));
        assert_eq!(program(&line("python|-i")), None);
    }
}
