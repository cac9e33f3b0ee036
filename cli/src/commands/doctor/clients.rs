//! Editors, the browser, and attaching to processes.

use std::path::{Path, PathBuf};

use super::check::Check;
use crate::{browser, project};

/// The file of the kernel that says who may attach to processes of the same user.
const YAMA: &str = "/proc/sys/kernel/yama/ptrace_scope";

pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![attach(), browser()];
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    checks.extend(code(&home));
    checks.extend(neovim(&home));
    checks
}

/// Whether `connie attach` may read other processes.
fn attach() -> Check {
    const NAME: &str = "Attach";
    // SAFETY: reads a number of this process.
    let is_root = unsafe { libc::geteuid() } == 0;
    match std::fs::read_to_string(YAMA).map(|scope| scope.trim().to_owned()) {
        Ok(scope) if scope != "0" && !is_root => Check::note(
            NAME,
            format!("the kernel lets only root attach to running processes ({YAMA} is {scope})"),
            "for connie attach, run it as root, or sysctl kernel.yama.ptrace_scope=0",
        ),
        _ => Check::good(NAME, "processes of this user (Python 3.14 and later)"),
    }
}

/// Whether `connie view` can open a page.
fn browser() -> Check {
    const NAME: &str = "Browser";
    if browser::is_here() {
        Check::good(NAME, "connie view opens pages in it")
    } else {
        Check::note(NAME, "there is no display here", "connie view prints an address; forward its port to your machine")
    }
}

/// VS Code, if it is there.
fn code(home: &Path) -> Option<Check> {
    const NAME: &str = "VS Code";
    let folders =
        [".vscode/extensions", ".vscode-server/extensions", ".vscode-oss/extensions"].map(|name| home.join(name));
    let is_there = project::on_path("code").is_some() || folders.iter().any(|folder| folder.is_dir());
    let is_ours = |name: &str| name.split('-').next().is_some_and(|id| id.ends_with(".connie"));
    let found = folders.iter().flat_map(|folder| names(folder)).find(|name| is_ours(name));
    match found {
        Some(name) => Some(Check::good(NAME, format!("the extension {name} is installed"))),
        None if is_there => Some(Check::note(
            NAME,
            "the extension is not installed",
            "code --install-extension connie-VERSION.vsix (docs/editors/README.md says where it is)",
        )),
        None => None,
    }
}

/// Neovim, if it is there.
fn neovim(home: &Path) -> Option<Check> {
    const NAME: &str = "Neovim";
    project::on_path("nvim")?;
    let data = std::env::var_os("XDG_DATA_HOME").map_or_else(|| home.join(".local/share"), PathBuf::from).join("nvim");
    let config = std::env::var_os("XDG_CONFIG_HOME").map_or_else(|| home.join(".config"), PathBuf::from).join("nvim");
    let has = |name: &str| {
        let packages = names(&data.join("site/pack")).into_iter().map(|package| data.join("site/pack").join(package));
        let mut folders: Vec<PathBuf> =
            packages.flat_map(|package| [package.join("start"), package.join("opt")]).collect();
        folders.push(data.join("lazy"));
        folders.iter().any(|folder| folder.join(name).is_dir())
    };
    let is_named = |path: PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains("connie"));
    let is_set_up = has("connie")
        || has("connie.nvim")
        || ["init.lua", "init.vim"].into_iter().any(|name| is_named(config.join(name)));
    Some(match (is_set_up, has("nvim-dap")) {
        (true, true) => Check::good(NAME, "the plugin is installed, and nvim-dap"),
        (true, false) => {
            Check::note(NAME, "the plugin is installed, but nvim-dap was not found", "stepping needs nvim-dap")
        }
        (false, _) => Check::note(NAME, "the plugin was not found", "see editors/neovim/README.md"),
    })
}

/// The names in a folder; none if it cannot be read.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
