//! Builds the tracer, which the binary carries: a nested `cargo build` of the cdylib.
//!
//! `CONNIE_TRACER_LIBRARY` names a library built elsewhere instead.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    for path in
        ["tracer/src", "tracer/wire/src", "tracer/python", "tracer/Cargo.toml", "tracer/wire/Cargo.toml", "Cargo.lock"]
    {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    println!("cargo::rerun-if-env-changed=CONNIE_TRACER_LIBRARY");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let library = match std::env::var_os("CONNIE_TRACER_LIBRARY") {
        Some(library) => PathBuf::from(library),
        None => build(&root, &out),
    };
    let target = out.join("connie_tracer.so");
    if let Err(error) = std::fs::copy(&library, &target) {
        println!("cargo::error=cannot copy the tracer from {}: {error}", library.display());
    }
}

fn build(root: &Path, out: &Path) -> PathBuf {
    let target_dir = out.join("tracer");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--profile", "tracer", "--package", "connie-tracer", "--manifest-path"]);
    command.arg(root.join("Cargo.toml")).arg("--target-dir").arg(&target_dir);
    // The outer build's settings are not the tracer's.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let foreign = (name.starts_with("CARGO") && name != "CARGO_HOME" && name != "CARGO_NET_OFFLINE")
            || name.starts_with("PYO3_")
            || ["RUSTFLAGS", "MAKEFLAGS", "TARGET", "HOST", "OUT_DIR", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"]
                .contains(&name.as_str());
        if foreign {
            command.env_remove(name);
        }
    }
    // Without an interpreter at hand: the library is for all of them.
    command.env("PYO3_NO_PYTHON", "1");
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => println!("cargo::error=building the tracer failed: {status}"),
        Err(error) => println!("cargo::error=cannot build the tracer: {error}"),
    }
    target_dir.join("tracer").join("libconnie_tracer.so")
}
