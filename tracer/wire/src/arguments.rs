//! What a command line of python runs.

/// The code that was given with `-c`; `None` where something else runs.
///
/// `arguments` begins with the interpreter.
pub fn command<'a>(arguments: &[&'a [u8]]) -> Option<&'a [u8]> {
    let mut rest = arguments.iter().skip(1);
    while let Some(argument) = rest.next() {
        match argument {
            [b'-', b'-', ..] => {}
            [b'-', flags @ ..] if !flags.is_empty() => {
                for (at, flag) in flags.iter().enumerate() {
                    let attached = &flags[at + 1..];
                    match flag {
                        b'c' if attached.is_empty() => return rest.next().copied(),
                        b'c' => return Some(attached),
                        b'm' => return None,
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
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::command;

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
}
