//! The published wheel, installed as people install it: by pip, pipx and uv from a local index, in Debian releases that
//! have nothing else, and beside the tools that start programs, in both orders. Nothing here needs the network once the
//! tools and the releases have been fetched.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages;
use crate::shell::{self, Result, cache, quietly};

const PROGRAM: &str = "def f(n):\n    total = n + 1\n    return total\nprint(f(3))\n";

/// Debian releases, with the packages that a user of Python has. The older one has no Python that connie records: there,
/// the program says so.
const RELEASES: [(&str, &str, bool); 2] = [("bookworm", "python3,python3-venv", true), ("bullseye", "python3", false)];

/// Tools that start programs: the words before a command, and before a script.
const STARTERS: [(&str, &[&str], &[&str]); 3] = [
    ("uv", &["run", "--no-project", "--"], &["run", "--no-project", "python"]),
    ("poetry", &["run"], &["run", "python"]),
    ("hatch", &["run"], &["run", "python"]),
];

/// Installs a wheel everywhere and records a program.
///
/// # Errors
/// If an installation fails, or a recording has not what it should have.
pub fn test(python: &Path, wheel: &Path) -> Result<()> {
    let tools = packages::venv(python, "installers", "installers")?.join("bin");
    let place = cache()?.join("installed");
    let _ = std::fs::remove_dir_all(&place);
    let project = place.join("project");
    std::fs::create_dir_all(&project)?;
    std::fs::write(project.join("main.py"), PROGRAM)?;
    let project_file = "[project]\nname = \"demo\"\nversion = \"0.1\"\nrequires-python = \">=3.10\"\n\
                        [tool.poetry]\npackage-mode = false\n[tool.hatch.envs.default]\nskip-install = true\n";
    std::fs::write(project.join("pyproject.toml"), project_file)?;
    // Other wheels may be beside it.
    let index = place.join("index");
    std::fs::create_dir_all(&index)?;
    std::fs::copy(wheel, index.join(wheel.file_name().ok_or("a wheel")?))?;
    let here = Here { tools, home: place.join("home"), project };
    for (name, connie) in here.install(python, &index)? {
        here.record(Command::new(connie).args(["run", "--python"]).arg(python).arg("main.py"), &name)?;
    }
    let connie = here.home.join("venv/bin/connie");
    for (tool, before_command, before_script) in STARTERS {
        let tool = here.tools.join(tool);
        here.record(Command::new(&tool).args(before_command).arg(&connie).args(["run", "main.py"]), "inside")?;
        here.record(
            Command::new(&connie).args(["run", "--"]).arg(&tool).args(before_script).arg("main.py"),
            "outside",
        )?;
    }
    for (release, packages, has_python) in RELEASES {
        in_release(release, packages, has_python, wheel)?;
    }
    Ok(())
}

/// A user's folders on this machine.
struct Here {
    tools: PathBuf,
    home: PathBuf,
    project: PathBuf,
}

impl Here {
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        self.settle(&mut command);
        command
    }

    fn settle(&self, command: &mut Command) {
        command
            .current_dir(&self.project)
            .env("HOME", &self.home)
            .env_remove("XDG_CACHE_HOME")
            .env_remove("VIRTUAL_ENV");
    }

    /// Installs from a local index in each way. Returns the command of each.
    fn install(&self, python: &Path, index: &Path) -> Result<Vec<(String, PathBuf)>> {
        let (venv, index) = (self.home.join("venv"), index.to_string_lossy().into_owned());
        let local = ["--no-index", "--find-links", &index];
        quietly(self.command(python).args(["-m", "venv"]).arg(&venv))?;
        quietly(self.command(&venv.join("bin/pip")).arg("install").args(local).arg("connie"))?;
        let words = format!("--no-index --find-links {index}");
        let pipx = ["install", "connie", "--pip-args", &words, "--python"];
        quietly(
            self.command(&self.tools.join("pipx")).args(pipx).arg(python).env("PIPX_HOME", self.home.join("pipx")),
        )?;
        let by_pipx = self.home.join("pipx/venvs/connie/bin/connie");
        let mut uv = self.command(&self.tools.join("uv"));
        uv.args(["tool", "install", "--offline", "--python"]).arg(python).args(local).arg("connie");
        quietly(uv.env("UV_TOOL_BIN_DIR", self.home.join("uv")))?;
        Ok(vec![
            ("pip".to_owned(), venv.join("bin/connie")),
            ("pipx".to_owned(), by_pipx),
            ("uv".to_owned(), self.home.join("uv/connie")),
        ])
    }

    /// Runs a command that records the program, and checks the recording.
    fn record(&self, command: &mut Command, how: &str) -> Result<()> {
        let _ = std::fs::remove_dir_all(self.project.join(".connie"));
        self.settle(command);
        let printed = quietly(command)?;
        let story = quietly(self.command(&self.home.join("venv/bin/connie")).args(["replay", "--no-pager"]))?;
        if !printed.ends_with("4\n") || !story.contains("total=4") {
            return Err(format!("{how}: {command:?} printed {printed} and recorded {story}").into());
        }
        println!("recorded, {how}: {}", command.get_program().to_string_lossy());
        Ok(())
    }
}

/// Installs the wheel in a Debian release that has only these packages.
fn in_release(release: &str, packages: &str, has_python: bool, wheel: &Path) -> Result<()> {
    let (Some(bootstrap), Some(wrap)) =
        (shell::program(&["debootstrap"], &["debootstrap"]), shell::program(&["bwrap"], &["bubblewrap"]))
    else {
        println!("skipped: {release} needs debootstrap and bubblewrap");
        return Ok(());
    };
    let root = cache()?.join("releases").join(release);
    if !root.join("made").exists() {
        let _ = std::fs::remove_dir_all(&root);
        let include = format!("--include={packages}");
        quietly(Command::new(bootstrap).args(["--variant=minbase", &include, release]).arg(&root))?;
        std::fs::write(root.join("made"), "")?;
    }
    let work = root.join("work");
    let _ = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work)?;
    std::fs::write(work.join("main.py"), PROGRAM)?;
    std::fs::copy(wheel, work.join(wheel.file_name().ok_or("a wheel")?))?;
    let script = if has_python {
        "python3 -m venv v && v/bin/pip install -q --no-index --find-links . connie && v/bin/connie run -q main.py && \
         v/bin/connie replay && ls v/share/man/man1/connie.1"
    } else {
        "python3 -m zipfile -e *.whl w && chmod +x w/connie-*/scripts/connie && w/connie-*/scripts/connie --version && \
         ! w/connie-*/scripts/connie run main.py 2>&1"
    };
    let mut inside = Command::new(wrap);
    inside.arg("--bind").arg(&root).args(["/", "--proc", "/proc", "--dev", "/dev", "--clearenv", "--unshare-net"]);
    inside.args(["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/root", "--chdir", "/work"]);
    let said = quietly(inside.args(["sh", "-c", script]))?;
    let expected = if has_python { "total=4" } else { "is not supported: connie records CPython 3.10 to 3.15" };
    if !said.contains(expected) {
        return Err(format!("{release}: {said}").into());
    }
    println!("installed and used in {release}");
    Ok(())
}
