//! The wheel, which has the command and `import connie`, for a Python environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use xshell::cmd;

use crate::packages;
use crate::shell::{Result, cache, root, shell};

/// Builds the wheel for this machine alone: `target/dist/connie-….whl`.
fn build(python: &Path) -> Result<PathBuf> {
    let maturin = packages::venv(python, "maturin", "maturin")?.join("bin/maturin");
    let out = root().join("target/dist");
    let _ = std::fs::remove_dir_all(out.join("wheel"));
    let folder = out.join("wheel");
    let shell = shell(root())?;
    cmd!(shell, "{maturin} build --release --locked --quiet --out {folder}").env("PYO3_NO_PYTHON", "1").run()?;
    let made = std::fs::read_dir(folder)?.flatten().next().ok_or("maturin made no wheel")?;
    let wheel = out.join(made.file_name());
    std::fs::rename(made.path(), &wheel)?;
    Ok(wheel)
}

/// Installs the wheel into an empty environment, and uses it as users do.
pub fn test(python: &Path, pytest: &Path) -> Result<()> {
    let wheel = build(python)?;
    let place = cache()?.join("wheel");
    let _ = std::fs::remove_dir_all(&place);
    let (shell, venv) = (shell(root())?, place.join("venv"));
    cmd!(shell, "{python} -m venv {venv}").run()?;
    let own = venv.join("bin/python");
    cmd!(shell, "{own} -m pip install --quiet --no-deps {wheel}").run()?;
    let project = place.join("project");
    std::fs::create_dir_all(&project)?;
    std::fs::write(project.join("pyproject.toml"), "")?;
    std::fs::write(
        project.join("test_it.py"),
        "import connie\n\n\n@connie.recording\ndef work(n):\n    return n\n\n\ndef test_it():\n    assert work(1) == 2\n",
    )?;
    let listed = |expected: usize| -> Result<()> {
        let list =
            Command::new(&own).args(["-m", "connie", "list", "--format", "json"]).current_dir(&project).output()?;
        let text = String::from_utf8_lossy(&list.stdout).into_owned();
        let found = serde_json::from_str::<Vec<serde_json::Value>>(&text)?.len();
        if found == expected {
            Ok(())
        } else {
            Err(format!("{found} recordings instead of {expected}:\n{text}").into())
        }
    };
    // Without the option, each call is a recording. With it, the failing test is one.
    for (option, expected) in [("-q", 1), ("--connie", 2)] {
        let mut run = Command::new(&own);
        run.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", option]).current_dir(&project);
        let output = run.env("PYTHONPATH", pytest).env("PYTHONDONTWRITEBYTECODE", "1").output()?;
        if output.status.code() != Some(1) {
            return Err(format!("pytest {option}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        listed(expected)?;
    }
    println!("the wheel works: {}", wheel.display());
    Ok(())
}
