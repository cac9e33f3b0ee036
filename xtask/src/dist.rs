//! What is published, in `target/dist`: wheels that run on every Linux that manylinux2014 stands for (C library 2.17 and
//! later), and the extension for VS Code with the same program.

mod installed;

use std::path::{Path, PathBuf};
use std::process::Command;

use xshell::cmd;

use crate::shell::{self, Result, quietly, root, shell};
use crate::{guided, packages, pythons, vscode};

/// The version of the C library, and the tag of the wheels, that programs of ten years ago have.
const C_LIBRARY: &str = "2.17";
const COMPATIBLE: &str = "manylinux2014";

/// The largest size in bytes of a wheel and of an extension.
const LARGEST: u64 = 16 << 20;

/// A kind of machine that there are packages for.
struct Machine {
    /// The compiler's name for it.
    target: &'static str,
    /// VS Code's name for it.
    code: &'static str,
}

const MACHINES: [Machine; 2] = [
    Machine { target: "x86_64-unknown-linux-gnu", code: "linux-x64" },
    Machine { target: "aarch64-unknown-linux-gnu", code: "linux-arm64" },
];

/// Makes the packages, installs the wheel for this machine as people do, and uses it. `CONNIE_TEST_WHEEL` names a wheel
/// that was made before.
///
/// # Errors
/// If something cannot be built or installed, or does not work.
pub fn test() -> Result<()> {
    let found = pythons::found();
    let python = found.values().last().ok_or("no Python 3.10 to 3.15 was found: install one")?;
    if let Some(made) = std::env::var_os("CONNIE_TEST_WHEEL") {
        return installed::test(python, Path::new(&made));
    }
    run()?;
    let machine = format!("_{}.whl", std::env::consts::ARCH);
    let files = std::fs::read_dir(root().join("target/dist"))?.flatten().map(|entry| entry.path());
    let is_own =
        |path: &PathBuf| path.to_string_lossy().ends_with(&machine) && path.to_string_lossy().contains(COMPATIBLE);
    installed::test(python, &files.into_iter().find(is_own).ok_or("there is no wheel for this machine")?)
}

/// Makes everything. A kind of machine whose standard library the compiler does not have is left out, with a message.
///
/// # Errors
/// If something cannot be built, or is larger than it may be.
pub fn run() -> Result<()> {
    let found = pythons::found();
    let python = found.values().last().ok_or("no Python 3.10 to 3.15 was found: install one")?;
    let tools = packages::venv(python, "dist", "dist")?.join("bin");
    shell::build()?;
    let shared = SharedFiles::make(&root().join("target/release/connie"))?;
    let profile = guided::option()?;
    for machine in MACHINES.iter().filter(|machine| machine.is_supported()) {
        let tracer = machine.tracer(&tools, profile.as_deref())?;
        let wheel = machine.wheel(&tools, &tracer)?;
        check(&tools, &wheel)?;
        println!("{}", wheel.display());
        let extension = vscode::dist(machine.code, &machine.built("release/connie"))?;
        fits(&extension)?;
        println!("{}", extension.display());
    }
    drop(shared);
    Ok(())
}

impl Machine {
    /// Whether the compiler can build for it; if not, says so.
    fn is_supported(&self) -> bool {
        let folder = Command::new("rustc").args(["--print", "target-libdir", "--target", self.target]).output();
        let folder = folder.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
        let is_there = folder.is_ok_and(|folder| folder.is_dir());
        if !is_there {
            println!("left out: {}, for which the compiler has no standard library (rustup target add)", self.target);
        }
        is_there
    }

    /// A file that was built for it.
    fn built(&self, name: &str) -> PathBuf {
        root().join("target").join(self.target).join(name)
    }

    /// The tracer, which the program carries.
    fn tracer(&self, tools: &Path, option: Option<&str>) -> Result<PathBuf> {
        let (shell, target) = (shell(root())?, format!("{}.{C_LIBRARY}", self.target));
        let build =
            cmd!(shell, "cargo zigbuild --profile tracer --locked --package connie-tracer --lib --target {target}");
        build
            .env("PATH", path(tools)?)
            .env("PYO3_NO_PYTHON", "1")
            .envs(option.map(|text| ("RUSTFLAGS", text)))
            .run()?;
        Ok(self.built("tracer/libconnie_tracer.so"))
    }

    /// The wheel.
    fn wheel(&self, tools: &Path, tracer: &Path) -> Result<PathBuf> {
        let folder = root().join("target/dist").join(self.target);
        let _ = std::fs::remove_dir_all(&folder);
        let (shell, target) = (shell(root())?, self.target);
        let build = ["build", "--release", "--locked", "--quiet", "--zig", "--compatibility", COMPATIBLE];
        let build = cmd!(shell, "maturin {build...} --target {target} --out {folder}");
        build.env("PATH", path(tools)?).env("PYO3_NO_PYTHON", "1").env("CONNIE_TRACER_LIBRARY", tracer).run()?;
        let made = std::fs::read_dir(&folder)?.flatten().next().ok_or("maturin made no wheel")?;
        let wheel = root().join("target/dist").join(made.file_name());
        std::fs::rename(made.path(), &wheel)?;
        let _ = std::fs::remove_dir(folder);
        Ok(wheel)
    }
}

/// The PATH with a folder in front of it.
fn path(first: &Path) -> Result<std::ffi::OsString> {
    let others = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(first.to_path_buf()).chain(std::env::split_paths(&others)))?)
}

/// Checks that a wheel runs where its tag says, and its size.
fn check(tools: &Path, wheel: &Path) -> Result<()> {
    let said = quietly(Command::new(tools.join("auditwheel")).arg("show").arg(wheel))?;
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let tag = format!("manylinux_{}_", C_LIBRARY.replace('.', "_"));
    // It names the oldest tag that the contents allow.
    let allowed = flat.split("consistent with the following platform tag").nth(1).unwrap_or_default();
    let oldest = allowed.split('"').nth(1).unwrap_or_default();
    let minor =
        |tag: &str| tag.strip_prefix("manylinux_2_").and_then(|rest| rest.split('_').next()?.parse::<u32>().ok());
    if minor(oldest).is_none_or(|found| Some(found) > minor(&tag)) {
        return Err(format!("{} does not run with the C library {C_LIBRARY}: {said}", wheel.display()).into());
    }
    fits(wheel)
}

/// Checks the size of a package.
fn fits(file: &Path) -> Result<()> {
    let size = std::fs::metadata(file)?.len();
    if size > LARGEST {
        return Err(format!("{} has {size} bytes, more than {LARGEST}", file.display()).into());
    }
    Ok(())
}

/// The manual and the completions of shells, in the folder from which maturin adds them to the wheel. An environment has
/// them in its `share`. The folder is removed at the end.
struct SharedFiles(PathBuf);

impl SharedFiles {
    fn make(connie: &Path) -> Result<Self> {
        let folder = root().join("connie.data");
        let _ = std::fs::remove_dir_all(&folder);
        let share = folder.join("data/share");
        quietly(Command::new(connie).arg("manual").arg(share.join("man/man1")))?;
        for (shell, file) in [
            ("bash", "bash-completion/completions/connie"),
            ("zsh", "zsh/site-functions/_connie"),
            ("fish", "fish/vendor_completions.d/connie.fish"),
        ] {
            let script = quietly(Command::new(connie).args(["completions", shell]))?;
            let file = share.join(file);
            std::fs::create_dir_all(file.parent().ok_or("a folder")?)?;
            std::fs::write(file, script)?;
        }
        Ok(Self(folder))
    }
}

impl Drop for SharedFiles {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
