//! Checks the plugin for Neovim, and tests it in a real Neovim.

use std::path::Path;

use xshell::cmd;

use crate::shell::{Result, cache, program, root, shell, skipped};

/// Checks the plugin and runs its tests in `nvim`, and with nvim-dap itself if `NVIM_DAP_DIR` names it.
pub fn test(nvim: &Path, python: &Path) -> Result<()> {
    let folder = root().join("editors/neovim");
    match program(&["luacheck"], &["lua-check"]) {
        Some(luacheck) => {
            let shell = shell(&folder)?;
            cmd!(shell, "{luacheck} --quiet .").run()?;
        }
        None => drop(skipped("the check of Lua code needs luacheck, which is not on the PATH")?),
    }
    let home = cache()?.join("nvim-home");
    let connie = root().join("target/release/connie");
    let pytest = crate::packages::pytest(python)?;
    let one = |nvim_dap: Option<&Path>| {
        let (shell, tests) = (shell(root())?, folder.join("test/run.lua"));
        let command = cmd!(shell, "{nvim} --clean --headless -l {tests} {connie} {python}").args(nvim_dap);
        // State, logs and swap files go to a folder of their own.
        let folders = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"];
        let command = command.envs(folders.map(|name| (name, &home)));
        Ok::<_, Box<dyn std::error::Error>>(command.env("CONNIE_TEST_PYTEST", &pytest).run()?)
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
