//! The source of a package with its bug: fetched, unpacked, tested, patched, tested again.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::case::Bug;
use crate::shell::{Result, quietly};

/// The patched source of a bug, made once; `folder` is where all of them are.
///
/// # Errors
/// Where the test fails without the patch or passes with it, and where a faulty line is not where it is said to be.
pub fn prepare(bug: &Bug, python: &Path, folder: &Path) -> Result<PathBuf> {
    let place = folder.join(&bug.name);
    let (source, done) = (place.join("source"), place.join("done"));
    let wanted = stamp(bug)?;
    if std::fs::read(&done).is_ok_and(|had| had == wanted) {
        return Ok(source);
    }
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&source)?;
    let archive = fetch(bug, python, &folder.join("archives"))?;
    quietly(Command::new("tar").args(["--strip-components=1", "-xzf"]).arg(archive).arg("-C").arg(&source))?;
    if let Some(test) = bug.own_test() {
        std::fs::copy(test, source.join("test_check.py"))?;
    }
    verdict(bug, &source, python, 0, "without the patch")?;
    // Git looks for a repository in the folders around, and would ignore files that are not below its root.
    let apply = ["apply", "--whitespace=nowarn", "-p1"];
    quietly(
        Command::new("git").args(apply).arg(bug.patch()).current_dir(&source).env("GIT_CEILING_DIRECTORIES", &place),
    )?;
    verdict(bug, &source, python, 1, "with the patch")?;
    lines(bug, &source)?;
    std::fs::write(done, wanted)?;
    Ok(source)
}

/// All that the prepared source depends on.
fn stamp(bug: &Bug) -> Result<Vec<u8>> {
    let mut stamp = std::fs::read(bug.folder.join("bug.toml"))?;
    stamp.extend(std::fs::read(bug.patch())?);
    if let Some(test) = bug.own_test() {
        stamp.extend(std::fs::read(test)?);
    }
    Ok(stamp)
}

/// The source distribution, from PyPI; pip compares its hash.
fn fetch(bug: &Bug, python: &Path, archives: &Path) -> Result<PathBuf> {
    let place = archives.join(format!("{}-{}", bug.package, bug.version));
    std::fs::create_dir_all(&place)?;
    let find = || std::fs::read_dir(&place).ok()?.flatten().map(|entry| entry.path()).find(|path| is_archive(path));
    if let Some(path) = find() {
        return Ok(path);
    }
    let list = place.join("requirements.txt");
    std::fs::write(&list, format!("{}=={} --hash=sha256:{}\n", bug.package, bug.version, bug.sha256))?;
    let download = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", &bug.package, "--require-hashes"];
    quietly(Command::new(python).args(download).arg("--requirement").arg(list).arg("--dest").arg(&place))?;
    find().ok_or_else(|| format!("{}: pip fetched no .tar.gz", bug.name).into())
}

fn is_archive(path: &Path) -> bool {
    path.to_string_lossy().ends_with(".tar.gz")
}

/// A command with what the test needs to import the source.
pub fn command(program: &Path, bug: &Bug, source: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(source).env("PYTHONPATH", source.join(&bug.path));
    // Compiled files are compared by seconds: a patch may be as fast.
    command.env("PYTHONDONTWRITEBYTECODE", "1").env_remove("PYTEST_ADDOPTS");
    command
}

/// Runs the test, and fails where it ends otherwise than expected.
fn verdict(bug: &Bug, source: &Path, python: &Path, expected: i32, when: &str) -> Result<()> {
    let pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", &bug.test];
    let Output { status, stdout, stderr } = command(python, bug, source).args(pytest).output()?;
    if status.code() == Some(expected) {
        return Ok(());
    }
    let text = [stdout, stderr].concat();
    Err(format!("{}: {when}, the test ends with {status}:\n{}", bug.name, String::from_utf8_lossy(&text)).into())
}

/// Whether the faulty lines are where bug.toml says.
fn lines(bug: &Bug, source: &Path) -> Result<()> {
    for faulty in &bug.faulty {
        let text = std::fs::read_to_string(source.join(&faulty.file))?;
        let line = text.lines().nth(faulty.line as usize - 1).unwrap_or_default().trim();
        if line != faulty.text {
            return Err(format!("{}: {}:{} is {line:?}", bug.name, faulty.file, faulty.line).into());
        }
    }
    Ok(())
}
