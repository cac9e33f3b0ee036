//! The pictures of the docs: what `connie replay` prints for the example, as SVG; VS Code and the
//! viewer, from their tests.

use std::process::Command;

use crate::shell::{self, Result, cargo, root};
use crate::{pythons, vscode, web};

/// Writes docs/replay.svg, docs/viewer.png and docs/vscode*.png.
pub fn run() -> Result<()> {
    shell::run(&mut cargo(&["build", "--release", "--locked"]))?;
    let connie = root().join("target/release/connie");
    let python = pythons::found().into_values().next_back().ok_or("no Python 3.10 to 3.15 was found")?;
    let folder = shell::cache()?.join("picture");
    let recording = folder.join("picture.connie");
    std::fs::create_dir_all(&folder)?;
    let _ = std::fs::remove_file(&recording);
    // The example ends with an exception: its exit code is not ours.
    Command::new(&connie)
        .args(["run", "--quiet", "--output"])
        .arg(&recording)
        .arg("--python")
        .arg(&python)
        .arg("examples/inventory/main.py")
        .current_dir(root())
        .output()?;
    let replay = ["--no-pager", "--from", "130", "--to", "178", "--max-depth", "2", "--max-items", "3"];
    let output =
        Command::new(&connie).arg("replay").arg(&recording).args(replay).env("CLICOLOR_FORCE", "1").output()?;
    let text = String::from_utf8_lossy(&output.stdout).replace(&format!("{}/", root().display()), "");
    let prompt = "$ connie replay\n";
    let svg = anstyle_svg::Term::new().render_svg(&format!("{prompt}{text}"));
    std::fs::write(root().join("docs/replay.svg"), svg)?;
    println!("docs/replay.svg");
    web::test(&python, Some(&root().join("docs")))?;
    vscode::test(&python, Some(&root().join("docs")))
}
