//! Makes the pictures of the docs: the output of `connie replay` for the example as SVG, its flame graph and call graph,
//! and pictures of VS Code and the viewer from their tests.

use std::path::Path;
use std::process::Command;

use crate::shell::{self, Result, root};
use crate::{pythons, vscode, web};

/// The output of `connie compare` for the example and a variant whose order can be served.
fn compare(connie: &Path, python: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let example = root().join("examples/inventory");
    for name in ["main.py", "orders.py", "stock.py"] {
        std::fs::copy(example.join(name), folder.path().join(name))?;
    }
    std::fs::write(folder.path().join("pyproject.toml"), "")?;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(connie);
        command.args(arguments).current_dir(folder.path()).env("CLICOLOR_FORCE", "1");
        command
    };
    let record = || run(&["run", "--quiet", "--python"]).arg(python).arg("main.py").output();
    record()?;
    let main = std::fs::read_to_string(example.join("main.py"))?;
    std::fs::write(folder.path().join("main.py"), main.replace(", \"kiwi\": 1", ""))?;
    record()?;
    let output = run(&["compare"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let svg = anstyle_svg::Term::new().render_svg(&format!("$ connie compare\n{text}"));
    std::fs::write(root().join("docs/compare.svg"), svg)?;
    println!("docs/compare.svg");
    Ok(())
}

/// Writes docs/replay.svg, docs/compare.svg, docs/flame.svg, docs/graph.svg, docs/viewer*.png and docs/vscode*.png; with `terminal` only those of the
/// command line.
pub fn run(terminal: bool) -> Result<()> {
    shell::build()?;
    let connie = root().join("target/release/connie");
    let python = pythons::found().into_values().next_back().ok_or("no Python 3.10 to 3.15 was found")?;
    let folder = shell::cache()?.join("picture");
    let recording = folder.join("picture.connie");
    std::fs::create_dir_all(&folder)?;
    let _ = std::fs::remove_file(&recording);
    // The example ends with an exception, so its exit code is ignored.
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
    compare(&connie, &python)?;
    for (option, file) in [("--flame", "docs/flame.svg"), ("--graph", "docs/graph.svg")] {
        let mut profile = Command::new(&connie);
        profile.arg("profile").arg(&recording).args([option, file, "--force"]).current_dir(root());
        shell::quietly(&mut profile)?;
        println!("{file}");
    }
    if terminal {
        return Ok(());
    }
    web::test(&python, Some(&root().join("docs")))?;
    vscode::test(&python, Some(&root().join("docs")))
}
