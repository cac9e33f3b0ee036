//! Determines the project of a script, and the interpreter that the script names.

use std::ffi::OsString;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use connie_recording::files;
use connie_wire::arguments::{CommandLine, Given, keeps_tracer_out};

use crate::failure::Failure;
use crate::project;

/// The number of bytes read from the beginning of a script.
const HEAD: u64 = 4096;

/// A script to run.
#[derive(Debug, Default)]
pub struct Script {
    /// The folder where the search for the project's root starts.
    pub start: PathBuf,
    /// The interpreter in its first line, if the script is to be run with it.
    pub python: Option<PathBuf>,
    /// Options for the interpreter in its first line.
    pub options: Vec<OsString>,
    /// Options in its first line that connie leaves out, because it cannot record with them.
    pub left_out: Vec<String>,
    /// Whether it is a pipe rather than a regular file.
    pub is_stream: bool,
    /// The reason why python cannot run it.
    pub problem: Option<String>,
    /// Where it is, if it was found on the PATH.
    pub path: Option<PathBuf>,
    /// The command that starts Python, if it is one, such as uv. It runs without an interpreter.
    pub launcher: Option<PathBuf>,
}

/// Commands that start the program of a project. Most of them are Python scripts, but they are not what a user debugs.
const LAUNCHERS: [&str; 13] =
    ["conda", "hatch", "mamba", "micromamba", "nox", "pdm", "pipenv", "pipx", "pixi", "poetry", "rye", "tox", "uv"];

impl Script {
    /// Reads the script at a path; `cwd` is the working folder.
    ///
    /// # Errors
    /// If there is no such file.
    pub fn find(script: &Path, cwd: &Path) -> Result<Self, Failure> {
        let name = script.to_string_lossy();
        let here = cwd.join(script);
        // As for a shell, a name without a slash may be a command. A script of this name comes first.
        let command = if here.exists() || name.contains('/') { None } else { project::on_path(&name) };
        let path = command.clone().unwrap_or(here);
        let Ok(metadata) = path.metadata() else { return Err(missing(script)) };
        let is_known = path.file_name().is_some_and(|name| LAUNCHERS.iter().any(|known| name == *known));
        let is_own = metadata.is_file() && matches!(first_line(&path), Line::Other(_));
        let is_source = path.extension().is_some_and(|extension| extension == "py" || extension == "pyw");
        if metadata.is_file() && !is_source && (is_known || is_own && command.is_some()) {
            return Ok(Self { start: cwd.into(), launcher: Some(path), ..Self::default() });
        }
        if metadata.is_dir() {
            return Ok(Self { start: real(&path), ..Self::default() });
        }
        if metadata.file_type().is_fifo() || metadata.file_type().is_char_device() {
            return Ok(Self { start: cwd.into(), is_stream: true, ..Self::default() });
        }
        let line = first_line(&path);
        let installed = is_installed(&path);
        let mut found = Self { start: start(&path, cwd, installed), path: command, ..Self::default() };
        match line {
            Line::Python(named) if !is_source || installed => {
                // `env` searches the PATH, as connie itself does for scripts of the project.
                let absolute = named.python.is_absolute();
                if installed || absolute {
                    found.python = Some(named.python);
                }
                (found.options, found.left_out) = usable(named.options);
            }
            Line::Other(what) if !is_source => {
                found.problem = Some(format!("{} is not a Python script: {what}", script.display()));
            }
            _ => {}
        }
        Ok(found)
    }

    /// Chooses the interpreter for it.
    ///
    /// # Errors
    /// If there is none, or the script is not a Python script.
    pub fn interpreter(&self, asked: Option<&str>, root: &Path) -> Result<PathBuf, Failure> {
        if let Some(launcher) = &self.launcher {
            let name = launcher.file_name().unwrap_or_default().to_string_lossy();
            return match asked {
                Some(_) => {
                    Err(Failure::Usage(format!("--python is not for {name}, which chooses the interpreter itself")))
                }
                None => Ok(launcher.clone()),
            };
        }
        if asked.is_some() {
            return project::interpreter(asked, root);
        }
        if let Some(problem) = &self.problem {
            return Err(Failure::Usage(problem.clone()));
        }
        match &self.python {
            None => project::interpreter(None, root),
            Some(python) if python.is_absolute() && !python.is_file() => Err(Failure::Interpreter(format!(
                "the script's first line names {}, which does not exist: choose an interpreter with --python",
                python.display()
            ))),
            Some(python) => {
                let name = python.to_string_lossy();
                project::interpreter(Some(&name), root)
            }
        }
    }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.into())
}

fn missing(script: &Path) -> Failure {
    let name = script.to_string_lossy();
    // Arguments after the script belong to the program: an unknown option is mistaken for the script.
    if name.len() > 1 && name.starts_with('-') {
        return Failure::Usage(format!("there is no option {name}: see connie run --help"));
    }
    Failure::NotFound(format!("there is no script {name}"))
}

/// The folder where the search for the project's root starts.
fn start(path: &Path, cwd: &Path, installed: bool) -> PathBuf {
    let folder = |path: &Path| real(path.parent().unwrap_or(cwd));
    if installed {
        // Outside any project, an environment within a project belongs to that project.
        let of_environment = folder(path);
        let is_marked = |folder: &Path| project::has_mark(&project::root(folder));
        return if is_marked(cwd) || !is_marked(&of_environment) { cwd.into() } else { of_environment };
    }
    // A link to a script belongs to the project that contains the link, otherwise to that of the script.
    let own = folder(path);
    if path.is_symlink() && !project::has_mark(&project::root(&own)) { folder(&real(path)) } else { own }
}

/// Whether an installer created a script: it is beside an interpreter, or where pip puts a user's scripts.
fn is_installed(path: &Path) -> bool {
    let own = path.parent().map(real);
    let linked = real(path).parent().map(Path::to_path_buf);
    let user = std::env::var_os("HOME").map(|home| real(&Path::new(&home).join(".local/bin")));
    [own, linked].into_iter().flatten().any(|folder| {
        let has = |name: &str| folder.join(name).is_file();
        has("python") || has("python3") || user.as_ref() == Some(&folder)
    })
}

/// The interpreter that the first lines of a file name.
enum Line {
    /// A Python interpreter.
    Python(Named),
    /// Another program, as a sentence.
    Other(String),
    /// None.
    Silent,
}

/// An interpreter, by an absolute path or by a name on the PATH.
struct Named {
    python: PathBuf,
    options: Vec<String>,
}

fn first_line(path: &Path) -> Line {
    let Ok(head) = files::head(path, HEAD) else { return Line::Silent };
    if head.starts_with(b"\x7fELF") || head.starts_with(b"\xcf\xfa\xed\xfe") {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let how = format!("it is a native executable (to record Python code that it runs: {name} … connie run SCRIPT)");
        return Line::Other(how);
    }
    if !head.starts_with(b"#!") {
        return Line::Silent;
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default();
    let words = shlex::split(line[2..].trim()).unwrap_or_default();
    if let Some(named) = named(&words) {
        return Line::Python(named);
    }
    let is_shell = words.iter().any(|word| matches!(file_name(word), "sh" | "bash" | "dash" | "zsh" | "ksh"));
    if let Some(named) = lines.next().filter(|_| is_shell).and_then(|line| trampoline(line, path)) {
        return Line::Python(named);
    }
    Line::Other(format!("its first line is {line}"))
}

fn file_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn is_python(word: &str) -> bool {
    let name = file_name(word);
    let rest = name.strip_prefix("pypy").or_else(|| name.strip_prefix("python"));
    rest.is_some_and(|rest| {
        rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'w' || byte == b't')
    })
}

/// The interpreter in the words of a `#!` line: a Python, or `env` with a Python.
fn named(words: &[String]) -> Option<Named> {
    let mut words = words.iter().map(String::as_str);
    let mut word = words.next()?;
    if file_name(word) == "env" {
        word = words.by_ref().find(|word| !word.starts_with('-') && !word.contains('='))?;
    }
    is_python(word).then(|| Named { python: word.into(), options: words.map(str::to_owned).collect() })
}

/// The interpreter in the second line that installers write if the first one would be too long or contains spaces:
/// `'''exec' "/path/python" "$0" "$@"`. This line is a command for the shell and a string for Python.
fn trampoline(line: &str, script: &Path) -> Option<Named> {
    let line = line.trim().strip_prefix("'''exec'")?.trim();
    let folder = real(script).parent().map(|folder| folder.to_string_lossy().into_owned())?;
    // uv writes this for environments that may be moved.
    let ways = ["$(dirname -- \"$(realpath -- \"$0\")\")", "$(dirname -- \"$(realpath -- '$0')\")"];
    let line = ways.iter().fold(line.to_owned(), |line, way| line.replace(way, &folder));
    let words = shlex::split(line.trim_end_matches("'''").trim_end_matches('#').trim())?;
    let mut words = words.into_iter().take_while(|word| word != "$0");
    let python = words.next().filter(|word| is_python(word))?;
    Some(Named { python: python.into(), options: words.collect() })
}

/// Splits options into those that the interpreter gets, and those that prevent the tracer from loading: `-E`, `-I` and
/// `-S`.
fn usable(options: Vec<String>) -> (Vec<OsString>, Vec<String>) {
    let words: Vec<&[u8]> = options.iter().map(String::as_bytes).collect();
    let line = CommandLine::read(&words);
    let (mut given, mut left_out) = (Vec::new(), Vec::new());
    for (at, word) in options.iter().enumerate() {
        let flags = line.options.iter().filter(|option| option.word == at).filter_map(Given::flag);
        let (out, kept): (Vec<u8>, Vec<u8>) = flags.partition(|flag| keeps_tracer_out(*flag));
        if out.is_empty() {
            given.push(word.into());
            continue;
        }
        left_out.extend(out.iter().map(|flag| format!("-{}", char::from(*flag))));
        // After the flags of a word there may be one option that takes a value.
        let behind = &word[1 + out.len() + kept.len()..];
        let word = format!("-{}{behind}", String::from_utf8_lossy(&kept));
        given.extend((word != "-").then(|| word.into()));
    }
    (given, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The interpreter and options that a script's text names.
    fn of(text: &str) -> Option<(String, Vec<String>)> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().canonicalize().expect("the folder").join("tool");
        std::fs::write(&path, text).expect("a file");
        let own = path.parent().expect("a folder").to_string_lossy().into_owned();
        match first_line(&path) {
            Line::Python(named) => Some((named.python.to_string_lossy().replace(&own, "HERE"), named.options)),
            _ => None,
        }
    }

    #[test]
    fn first_lines_name_interpreters() {
        let plain = |text: &str, python: &str| assert_eq!(of(text), Some((python.into(), vec![])), "{text}");
        plain("#!/opt/env/bin/python\nx\n", "/opt/env/bin/python");
        plain("#! /usr/bin/env python3\n", "python3");
        plain("#!/usr/bin/env -S python3.12\n", "python3.12");
        plain("#!/opt/env/bin/python3.13\r\n", "/opt/env/bin/python3.13");
        plain("#!/bin/sh\n'''exec' /a/python \"$0\" \"$@\"\n' '''\nimport x\n", "/a/python");
        plain("#!/bin/sh\n'''exec' \"/a b/python3\" \"$0\" \"$@\"\n' '''\n", "/a b/python3");
        plain("#!/bin/sh\n'''exec' '/a b/python3' \"$0\" \"$@\"\n' '''\n", "/a b/python3");
        plain("#!/bin/sh\n'''exec' \"/conda/bin/python\" \"$0\" \"$@\" #'''\n", "/conda/bin/python");
        plain(
            "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python3' \"$0\" \"$@\"\n' '''\n",
            "HERE/python3",
        );
        assert_eq!(of("#!/usr/bin/python3 -sP\n"), Some(("/usr/bin/python3".into(), vec!["-sP".into()])));
        for other in
            ["#!/bin/sh\nexec x\n", "#!/usr/bin/env node\n", "#!/usr/bin/perl\n", "import x\n", "#!/bin/pythonic\n"]
        {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn options_that_keep_the_tracer_out_are_left_out() {
        let found = |options: &str| usable(options.split(' ').map(str::to_owned).collect());
        let texts = |list: &[&str]| list.iter().map(OsString::from).collect::<Vec<_>>();
        assert_eq!(found("-sP"), (texts(&["-sP"]), vec![]));
        assert_eq!(found("-Es"), (texts(&["-s"]), vec!["-E".into()]));
        assert_eq!(found("-I"), (vec![], vec!["-I".into()]));
        assert_eq!(found("-X importtime -W error"), (texts(&["-X", "importtime", "-W", "error"]), vec![]));
        assert_eq!(found("-BEWerror"), (texts(&["-BWerror"]), vec!["-E".into()]));
        assert_eq!(found("-X E -W S -bb"), (texts(&["-X", "E", "-W", "S", "-bb"]), vec![]));
        assert_eq!(
            found("-IS --check-hash-based-pycs -E -ub"),
            (texts(&["--check-hash-based-pycs", "-E", "-ub"]), vec!["-I".into(), "-S".into()])
        );
        assert_eq!(found("-Em pdb"), (texts(&["-m", "pdb"]), vec!["-E".into()]));
        assert_eq!(found("-Wignore::ImportWarning -Xutf8"), (texts(&["-Wignore::ImportWarning", "-Xutf8"]), vec![]));
    }
}
