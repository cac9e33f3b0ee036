//! Packages that tests need. Their versions, including those of dependencies, are in `xtask/python/requirements` and in
//! the lock files beside each package.json.

use std::path::{Path, PathBuf};

use xshell::cmd;

use crate::shell::{Result, cache, root, shell};

/// A requirements file: its path and its requirements.
fn requirements(name: &str) -> Result<(PathBuf, String)> {
    let file = root().join("xtask/python/requirements").join(name).with_extension("txt");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok((file, lines.collect::<Vec<_>>().join(" ")))
}

/// What an interpreter's packages were compiled for: its implementation and version.
fn kind(python: &Path) -> Result<String> {
    let ask = "import sys; print(sys.implementation.cache_tag)";
    let shell = shell(root())?;
    Ok(cmd!(shell, "{python} -I -c {ask}").quiet().read()?)
}

/// Installs the packages listed in `NAME.txt` from PyPI into a folder in [`cache`], once for an interpreter. The list is
/// complete, so that nothing else is installed.
pub fn packages(python: &Path, name: &str, folder: &str) -> Result<PathBuf> {
    let (file, wanted) = requirements(name)?;
    let wanted = format!("{} {wanted}", kind(python)?);
    let folder = cache()?.join(folder);
    let done = folder.join("installed");
    if std::fs::read_to_string(&done).is_ok_and(|had| had == wanted) {
        return Ok(folder);
    }
    let _ = std::fs::remove_dir_all(&folder);
    let options = ["--quiet", "--no-deps", "--no-compile"];
    let shell = shell(root())?;
    cmd!(shell, "{python} -m pip install {options...} --target {folder} --requirement {file}").run()?;
    std::fs::write(done, wanted)?;
    Ok(folder)
}

/// A virtual environment with the packages listed in `NAME.txt`, in a folder in [`cache`].
pub fn venv(python: &Path, name: &str, folder: &str) -> Result<PathBuf> {
    let (file, wanted) = requirements(name)?;
    let wanted = format!("{} {wanted}", kind(python)?);
    let folder = cache()?.join(folder);
    let done = folder.join("installed");
    if std::fs::read_to_string(&done).is_ok_and(|had| had == wanted) {
        return Ok(folder);
    }
    let _ = std::fs::remove_dir_all(&folder);
    let (shell, pip) = (shell(root())?, folder.join("bin/pip"));
    cmd!(shell, "{python} -m venv {folder}").run()?;
    cmd!(shell, "{pip} install --quiet --requirement {file}").run()?;
    std::fs::write(done, wanted)?;
    Ok(folder)
}

/// A folder with pytest.
pub fn pytest(python: &Path) -> Result<PathBuf> {
    packages(python, "pytest", "pytest")
}

/// The benchmarks of pyperformance.
pub fn pyperformance(python: &Path) -> Result<PathBuf> {
    Ok(packages(python, "pyperformance", "pyperformance")?.join("pyperformance/data-files/benchmarks"))
}

/// Installs the packages of a folder's package-lock.json into that folder, once. No script of them runs.
pub fn npm_install(folder: &Path) -> Result<()> {
    let (wanted, done) = (std::fs::read(folder.join("package-lock.json"))?, folder.join("node_modules/.installed"));
    if std::fs::read(&done).ok().as_ref() == Some(&wanted) {
        return Ok(());
    }
    let shell = shell(folder)?;
    cmd!(shell, "npm ci --no-audit --no-fund --ignore-scripts --loglevel=error").run()?;
    Ok(std::fs::write(done, wanted)?)
}

/// Installs the npm packages that a folder of the repository needs, into a folder in [`cache`].
pub fn npm(from: &str, folder: &str) -> Result<PathBuf> {
    let folder = cache()?.join(folder);
    std::fs::create_dir_all(&folder)?;
    for name in ["package.json", "package-lock.json"] {
        std::fs::copy(root().join(from).join(name), folder.join(name))?;
    }
    npm_install(&folder)?;
    Ok(folder)
}
