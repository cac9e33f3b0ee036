//! Runs the tracer under valgrind. It reads and writes memory of the interpreter, and passing tests do not prove that
//! it reads only valid memory.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::pythons;
use crate::shell::{self, Result, cache, root};

/// What is run, with what, by which connie.
#[derive(clap::Args, Default)]
pub struct Arguments {
    /// Only these programs of the oracle
    programs: Vec<String>,
    /// Only Python 3.MINOR
    #[arg(long)]
    minor: Option<u32>,
    /// This connie instead of a release build
    #[arg(long)]
    connie: Option<PathBuf>,
}

/// The tracer's library, as valgrind names it in stacks.
const TRACER: &str = "connie_tracer.so";

/// Records the oracle's programs under valgrind. Errors count if the tracer is in their stack.
pub fn run(arguments: &Arguments) -> Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not installed");
        return Ok(());
    }
    let connie = match &arguments.connie {
        Some(connie) => connie.clone(),
        None => {
            shell::build()?;
            root().join("target/release/connie")
        }
    };
    let folder = cache()?.join("memcheck");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let mut found = 0;
    for (minor, python) in &pythons::found() {
        if arguments.minor.is_some_and(|only| only != *minor) {
            continue;
        }
        // valgrind needs the symbols of the C library that an interpreter uses.
        let tried = Command::new("valgrind").arg("--quiet").arg(python).args(["-c", "pass"]).output()?;
        if !tried.status.success() {
            println!("skipped: valgrind cannot run {}", python.display());
            continue;
        }
        for program in programs(&arguments.programs)? {
            found += check(&connie, &folder, *minor, python, &program)?;
        }
    }
    if found > 0 {
        return Err(format!("valgrind finds {found} errors in the tracer: see {}", folder.display()).into());
    }
    Ok(())
}

fn programs(wanted: &[String]) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(root().join("tests/oracle/programs"))?;
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "py"));
    let name = |path: &PathBuf| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut found: Vec<PathBuf> = paths.filter(|path| wanted.is_empty() || wanted.contains(&name(path))).collect();
    found.sort();
    Ok(found)
}

/// Runs one program. Returns the number of errors of the tracer.
fn check(connie: &Path, folder: &Path, minor: u32, python: &Path, program: &Path) -> Result<usize> {
    let name = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let log = folder.join(format!("{name}-3.{minor}.txt"));
    let wrapper = folder.join(format!("python3.{minor}"));
    let script = format!(
        "#!/bin/sh\nexec valgrind --tool=memcheck --leak-check=no --num-callers=40 --track-origins=no \\\n  --log-file='{}' {} '{}' \"$@\"\n",
        log.display(),
        suppressions(),
        python.display()
    );
    std::fs::write(&wrapper, script)?;
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755))?;
    let recording = folder.join(format!("{name}-3.{minor}.connie"));
    let mut command = Command::new(connie);
    command.args(["run", "--quiet", "--python"]).arg(&wrapper).arg("-o").arg(&recording).arg(program);
    // Each object gets a block of its own, so that valgrind knows where it ends.
    command.env("PYTHONMALLOC", "malloc").env("PYTHONHASHSEED", "0").current_dir(folder);
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !recording.exists() {
        return Err(format!("{name} was not recorded on 3.{minor}: {said}").into());
    }
    let errors = errors_of_tracer(&std::fs::read_to_string(&log)?);
    let count: usize = errors.values().sum();
    println!("3.{minor} {name}: {count} errors in the tracer");
    for (error, times) in errors {
        println!("{times} times:\n{error}");
    }
    Ok(count)
}

/// CPython's own suppressions, if installed: its allocator reads memory that it does not own.
fn suppressions() -> String {
    let known = ["/usr/lib/valgrind/python3.supp", "/usr/share/valgrind/python3.supp"];
    known.iter().find(|path| Path::new(path).exists()).map(|path| format!("--suppressions={path}")).unwrap_or_default()
}

/// The errors of a log that have the tracer in their stack, each with its count.
fn errors_of_tracer(log: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let plain = |line: &str| line.splitn(3, "==").nth(2).unwrap_or_default().to_owned();
    let lines: Vec<String> = log.lines().filter(|line| line.starts_with("==")).map(plain).collect();
    for error in lines.split(|line| line.trim().is_empty()) {
        let stack = error.iter().filter(|line| line.contains(" at 0x") || line.contains(" by 0x"));
        if stack.clone().any(|line| line.contains(TRACER)) {
            let text: Vec<&str> = error.iter().map(String::as_str).collect();
            *found.entry(text.join("\n")).or_insert(0) += 1;
        }
    }
    found
}
