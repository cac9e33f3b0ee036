//! Running commands and naming folders.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What tasks fail with.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// A folder for what tasks fetch and make; ignored by git.
pub fn cache() -> Result<PathBuf> {
    let folder = root().join("target/xtask");
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let shown: Vec<_> = command.get_args().map(|part| part.to_string_lossy().into_owned()).collect();
    println!("$ {program} {}", shown.join(" "));
    let status = command.status().map_err(|error| format!("cannot run {program}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{program} failed: {status}").into()) }
}

/// Cargo, in the root of the repository.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root()).env("PYO3_NO_PYTHON", "1");
    command
}

/// Installs packages from PyPI into a folder of their own, once; no dependencies, no binaries of theirs.
pub fn packages(python: &Path, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = cache()?.join(name);
    let done = folder.join("installed");
    let wanted = packages.join(" ");
    if std::fs::read_to_string(&done).is_ok_and(|had| had == wanted) {
        return Ok(folder);
    }
    let _ = std::fs::remove_dir_all(&folder);
    let install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target"];
    run(Command::new(python).args(install).arg(&folder).args(packages))?;
    std::fs::write(done, wanted)?;
    Ok(folder)
}

/// A virtual environment with packages and what they need.
pub fn venv(python: &Path, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = cache()?.join(name);
    let done = folder.join("installed");
    let wanted = packages.join(" ");
    if std::fs::read_to_string(&done).is_ok_and(|had| had == wanted) {
        return Ok(folder);
    }
    let _ = std::fs::remove_dir_all(&folder);
    run(Command::new(python).args(["-m", "venv"]).arg(&folder))?;
    run(Command::new(folder.join("bin/pip")).args(["install", "--quiet"]).args(packages))?;
    std::fs::write(done, wanted)?;
    Ok(folder)
}

/// The benchmarks of pyperformance.
pub fn pyperformance(python: &Path) -> Result<PathBuf> {
    Ok(packages(python, "pyperformance", &["pyperformance==1.14.0"])?.join("pyperformance/data-files/benchmarks"))
}
