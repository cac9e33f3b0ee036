//! Checks the plugin for Neovim, and tests it in a real Neovim.

use std::path::Path;
use std::process::Command;

use crate::shell::{self, Result, cache, root};

/// Checks the plugin and runs its tests in `nvim`, and with nvim-dap itself if `NVIM_DAP_DIR` names it.
pub fn test(nvim: &Path, python: &Path) -> Result<()> {
    let folder = root().join("editors/neovim");
    match shell::program(&["luacheck"], &["lua-check"]) {
        Some(luacheck) => shell::run(Command::new(luacheck).args(["--quiet", "."]).current_dir(&folder))?,
        None => drop(shell::skipped("the check of Lua code needs luacheck, which is not on the PATH")?),
    }
    let home = cache()?.join("nvim-home");
    let connie = root().join("target/release/connie");
    let pytest = crate::packages::pytest(python)?;
    let one = |nvim_dap: Option<&Path>| {
        let mut command = Command::new(nvim);
        command.args(["--clean", "--headless", "-l"]).arg(folder.join("test/run.lua")).arg(&connie).arg(python);
        // State, logs and swap files go to a folder of their own.
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
            command.env(name, &home);
        }
        command.env("CONNIE_TEST_PYTEST", &pytest);
        shell::run(command.args(nvim_dap))
    };
    one(None)?;
    match std::env::var_os("NVIM_DAP_DIR") {
        Some(nvim_dap) => one(Some(Path::new(&nvim_dap))),
        None => {
            println!("skipped: nvim-dap itself, which no registry has: NVIM_DAP_DIR names a checkout");
            Ok(())
        }
    }
}
