//! What the compiler is told about the tracer, to optimise it for what it does in real programs: an instrumented tracer
//! records the benchmark's workloads, and the compiler reads where it spent its time.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Result, cache, cargo, quietly, root};
use crate::{bench, packages, pythons};

/// The option with which the compiler reads the profile. `None` if there is no program that merges the profiles of this
/// compiler.
///
/// # Errors
/// If something cannot be built, or a workload fails.
pub fn option() -> Result<Option<String>> {
    let Some(profdata) = profdata()? else { return Ok(None) };
    let folder = cache()?.join("guided");
    let (raw, profile) = (folder.join("raw"), folder.join("profile"));
    let _ = std::fs::remove_dir_all(&raw);
    let instrumented = library(&folder.join("instrumented"), &format!("-Cprofile-generate={}", raw.display()))?;
    let out = shell::shell(root())?;
    let target = folder.join("connie");
    cargo(&out, &["build", "--release", "--locked", "--package", "connie", "--target-dir"])
        .arg(&target)
        .env("CONNIE_TRACER_LIBRARY", instrumented)
        .run()?;
    train(&target.join("release/connie"), &folder)?;
    quietly(Command::new(profdata).arg("merge").arg("-o").arg(&profile).arg(&raw))?;
    Ok(Some(format!("-Cprofile-use={}", profile.display())))
}

/// The program that merges profiles, of the LLVM version that the compiler has.
fn profdata() -> Result<Option<PathBuf>> {
    let said = quietly(Command::new("rustc").arg("-vV"))?;
    let version = said.lines().find_map(|line| line.strip_prefix("LLVM version: ")).unwrap_or_default();
    let Some(major) = version.split('.').next().filter(|major| !major.is_empty()) else { return Ok(None) };
    let sysroot = quietly(Command::new("rustc").args(["--print", "target-libdir"]))?;
    let own = Path::new(sysroot.trim()).with_file_name("bin").join("llvm-profdata");
    if own.is_file() {
        return Ok(Some(own));
    }
    let name = format!("llvm-profdata-{major}");
    let found = shell::program(&[&name], &[&format!("llvm-{major}")]);
    if found.is_none() {
        println!("The tracer is built without a profile: there is no {name}.");
    }
    Ok(found)
}

/// Builds the tracer's library with an option of the compiler.
fn library(folder: &Path, option: &str) -> Result<PathBuf> {
    let shell = shell::shell(root())?;
    let build = ["build", "--profile", "tracer", "--locked", "--package", "connie-tracer", "--lib", "--target-dir"];
    cargo(&shell, &build).arg(folder).env("RUSTFLAGS", option).run()?;
    Ok(folder.join("tracer/libconnie_tracer.so"))
}

/// Records every workload on every interpreter.
fn train(connie: &Path, folder: &Path) -> Result<()> {
    let all = pythons::all()?;
    let usual = all.usual.ok_or("no Python 3.10 to 3.15 was found")?;
    let benchmarks = packages::pyperformance(&usual)?;
    let (recording, out) = (folder.join("run.connie"), folder.join("out.json"));
    for python in all.newest.values() {
        for name in bench::WORKLOADS {
            let _ = std::fs::remove_file(&recording);
            let mut run = Command::new(connie);
            run.args(["run", "--quiet", "-o"]).arg(&recording).arg("--include").arg(&benchmarks);
            run.arg("--python").arg(python).arg(root().join("xtask/bench/harness.py"));
            quietly(run.arg(&out).args([name, "1"]).arg(&benchmarks))?;
        }
    }
    Ok(())
}
