//! Runs commands and names folders.

use std::path::{Path, PathBuf};
use std::process::Command;

use xshell::{Cmd, Shell, cmd};

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

/// A shell that runs commands in a folder. Tasks write commands with [`xshell::cmd`].
pub fn shell(folder: impl AsRef<Path>) -> Result<Shell> {
    let shell = Shell::new()?;
    shell.change_dir(folder);
    Ok(shell)
}

/// Runs a command and returns its output. Error output is shown only if the command fails, which xshell cannot do.
pub fn quietly(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot run {program}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr).trim()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command of Cargo. No interpreter is needed to build the tracer.
pub fn cargo<'a>(shell: &'a Shell, arguments: &[&str]) -> Cmd<'a> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    cmd!(shell, "{cargo} {arguments...}").env("PYO3_NO_PYTHON", "1")
}

/// Builds target/release/connie.
pub fn build() -> Result<()> {
    Ok(cargo(&shell(root())?, &["build", "--release", "--locked"]).run()?)
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
        let shell = shell(root()).ok()?;
        cmd!(shell, "apt-get update -qq").run().ok()?;
        cmd!(shell, "apt-get install -y -qq --no-install-recommends {packages...}").run().ok()?;
        on_path()
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
