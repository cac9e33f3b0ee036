//! Runs commands and names folders.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The result of tasks.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// The folder for what tasks fetch and make. It is ignored by git.
pub fn cache() -> Result<PathBuf> {
    let folder = root().join("target/xtask");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Runs a command and waits for it.
pub fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let shown: Vec<_> = command.get_args().map(|part| part.to_string_lossy().into_owned()).collect();
    println!("$ {program} {}", shown.join(" "));
    let status = command.status().map_err(|error| format!("cannot run {program}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} failed: {status}").into()) }
}

/// Runs a command and returns its output, which is shown only if the command fails.
pub fn quietly(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot run {program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command of Cargo in the root of the repository.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()).env("PYO3_NO_PYTHON", "1");
    command
}

/// Finds a program: on the PATH by one of its names, else in the system's packages if they can be installed.
pub fn program(names: &[&str], packages: &[&str]) -> Option<PathBuf> {
    let on_path = || {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let mut files =
            std::env::split_paths(&folders).flat_map(|folder| names.iter().map(move |name| folder.join(name)));
        files.find(|file| file.is_file())
    };
    on_path().or_else(|| {
        let apt = |arguments: &[&str]| run(Command::new("apt-get").args(arguments)).is_ok();
        let install = ["install", "-y", "-qq", "--no-install-recommends"];
        let installed = apt(&["update", "-qq"]) && apt(&[&install, packages].concat());
        installed.then(on_path).flatten()
    })
}

/// Whether npm is installed; if not, says so. In CI that is an error.
pub fn has_npm(for_what: &str) -> Result<bool> {
    if Command::new("npm").arg("--version").output().is_ok() {
        return Ok(true);
    }
    skipped(&format!("{for_what} need npm, which is not on the PATH"))
}

/// Says that something is skipped, and why. In CI that is an error.
pub fn skipped(why: &str) -> Result<bool> {
    println!("skipped: {why}");
    if std::env::var_os("CI").is_some() { Err(format!("{why}: CI skips nothing").into()) } else { Ok(false) }
}

/// Copies the files of a folder, including its subfolders, into another one.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)?.flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
