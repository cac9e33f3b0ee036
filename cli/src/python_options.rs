//! Options of the interpreter that a user gives: those with which connie cannot record are refused.

/// Checks options such as `-O`, `-X dev` and `-W error`.
///
/// # Errors
/// A message, if one keeps the tracer out, says what to run, or is no option.
pub fn check(options: &[String]) -> Result<(), String> {
    let mut is_value = false;
    for option in options {
        if std::mem::take(&mut is_value) {
            continue;
        }
        if let Some(long) = option.strip_prefix("--") {
            is_value = long == "check-hash-based-pycs";
            continue;
        }
        let Some(cluster) = option.strip_prefix('-').filter(|cluster| !cluster.is_empty()) else {
            return Err(format!("{option:?} is no option of the interpreter: arguments of the program are \"args\""));
        };
        for (at, flag) in cluster.char_indices() {
            match flag {
                'E' | 'I' | 'S' => {
                    return Err(format!("nothing can be recorded with python -{flag}: run without this option"));
                }
                'c' | 'm' => {
                    return Err(format!("python -{flag} says what to run: use \"module\" or \"code\" for that"));
                }
                'W' | 'X' => {
                    is_value = at + 1 == cluster.len();
                    break;
                }
                _ => {}
            }
        }
    }
    if is_value { Err(format!("{:?} needs a value", options.last().map_or("", String::as_str))) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::check;

    fn of(options: &str) -> Result<(), String> {
        check(&options.split(' ').filter(|option| !option.is_empty()).map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_checked() {
        for fine in ["", "-O", "-OO -B", "-X dev -u", "-Xdev", "-W error", "-Werror::ImportWarning", "-bW error", "-sP"]
        {
            assert_eq!(of(fine), Ok(()), "{fine}");
        }
        for (wrong, why) in [
            ("-E", "python -E"),
            ("-sI", "python -I"),
            ("-S", "python -S"),
            ("-m pytest", "says what to run"),
            ("-c x", "says what to run"),
            ("main.py", "no option"),
            ("-", "no option"),
            ("-X", "needs a value"),
            ("-O -W", "needs a value"),
        ] {
            assert!(of(wrong).unwrap_err().contains(why), "{wrong}");
        }
    }
}
