//! The interpreter: which one is used, and whether a program that it runs is recorded.

use std::path::Path;
use std::process::{Command, Stdio};

use connie_recording::reader;

use super::check::{Check, State};
use crate::{failure, project};

/// Prints what has to be known of an interpreter, one fact a line.
const ASK: &str = "\
import sys
print(getattr(getattr(sys, 'implementation', None), 'name', 'python'))
print('.'.join(str(n) for n in sys.version_info[:3]))
print('free-threaded' if 't' in getattr(sys, 'abiflags', '') else '')
print('debug' if hasattr(sys, 'gettotalrefcount') else '')
print(sys.prefix if sys.prefix != getattr(sys, 'base_prefix', sys.prefix) else '')
";
/// The program that is recorded.
const TRIAL: &str = "answer = 6 * 7";
/// What to do about an interpreter that cannot be used.
const OTHER: &str = "choose another interpreter with --python PATH";
/// What to do about another failure of the trial.
const SAME: &str = "mend this first: connie run fails in the same way";

/// Checks the interpreter that `connie run` would use for a project, or another one.
pub(super) fn checks(asked: Option<&str>, root: &Path) -> Vec<Check> {
    let path = match project::interpreter(asked, root) {
        Ok(path) => path,
        Err(failure) => return vec![Check::bad("Python", failure.to_string(), OTHER)],
    };
    let mut checks = vec![about(&path)];
    if checks[0].state != State::Bad {
        checks.push(trial(&path, root));
    }
    checks
}

/// Asks an interpreter for its version and kind. Whether it can be recorded is what the trial shows.
fn about(path: &Path) -> Check {
    const NAME: &str = "Python";
    let shown = path.display();
    let said = Command::new(path).args(["-E", "-s", "-c", ASK]).stdin(Stdio::null()).stderr(Stdio::null()).output();
    match said {
        Ok(said) if said.status.success() => match facts(&String::from_utf8_lossy(&said.stdout)) {
            Some(facts) => Check::good(NAME, format!("{facts}, {shown}")),
            None => Check::bad(NAME, format!("{shown} is not a Python interpreter"), OTHER),
        },
        Ok(said) => Check::bad(NAME, format!("{shown} does not work ({})", said.status), OTHER),
        Err(error) => Check::bad(NAME, format!("{shown} cannot be run: {error}"), OTHER),
    }
}

/// What an interpreter said, for people; `None` if it is not Python's answer.
fn facts(said: &str) -> Option<String> {
    let [kind, version, threads, debug, venv] = said.lines().collect::<Vec<_>>()[..] else { return None };
    let mut facts = if kind == "cpython" { version.to_owned() } else { format!("{kind} {version}") };
    for word in [threads, debug] {
        facts += if word.is_empty() { "" } else { " " };
        facts += word;
    }
    if !venv.is_empty() {
        facts += &format!(", environment {venv}");
    }
    Some(facts)
}

/// Records a program of one line with the interpreter, as `connie run` would.
fn trial(python: &Path, root: &Path) -> Check {
    const NAME: &str = "Recording";
    let failed = |why: String| Check::bad(NAME, why, SAME);
    let own = std::env::current_exe().and_then(|own| Ok((own, tempfile::tempdir()?)));
    let (own, folder) = match own {
        Ok(found) => found,
        Err(error) => return failed(format!("a trial cannot be prepared: {error}")),
    };
    let path = folder.path().join("trial.connie");
    let mut run = Command::new(own);
    run.args(["run", "--quiet", "--python"]).arg(python).arg("--output").arg(&path).args(["-c", TRIAL]);
    let said = match run.current_dir(root).stdin(Stdio::null()).output() {
        Ok(said) => said,
        Err(error) => return failed(format!("connie cannot start itself: {error}")),
    };
    let errors = String::from_utf8_lossy(&said.stderr);
    let last = errors.lines().rev().find(|line| !line.trim().is_empty());
    match (reader::info(&path), last) {
        (Ok(info), _) if info.steps > 0 && said.status.success() => {
            Check::good(NAME, "a program of one line was recorded")
        }
        (_, Some(last)) => {
            let is_python = said.status.code() == Some(failure::INTERPRETER);
            Check::bad(NAME, last.trim_start_matches("connie: "), if is_python { OTHER } else { SAME })
        }
        (Err(error), None) => failed(error.to_string()),
        (Ok(_), None) => failed("a program of one line was run, but nothing was recorded".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::facts;

    #[test]
    fn the_answer_of_an_interpreter_is_read() {
        assert_eq!(facts("cpython\n3.12.1\n\n\n\n").as_deref(), Some("3.12.1"));
        let all = "cpython\n3.14.0\nfree-threaded\ndebug\n/home/ann/.venv\n";
        assert_eq!(facts(all).as_deref(), Some("3.14.0 free-threaded debug, environment /home/ann/.venv"));
        assert_eq!(facts("pypy\n3.10.14\n\n\n\n").as_deref(), Some("pypy 3.10.14"));
        assert_eq!(facts("hello\n"), None);
    }
}
