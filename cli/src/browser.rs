//! Opens the user's browser at an address that nobody else may see.
//!
//! Every user of a machine can read the command lines of its processes. The browser therefore gets the name of a file
//! that only its user can read, and that leads to the address.

use std::fs::{OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::temporary::Temporary;

/// How long a browser may take to start before its file is removed.
const PATIENCE: Duration = Duration::from_secs(120);

/// Opens an address in the user's browser; false if there is no browser. A browser in a sandbox (snap, flatpak) may be
/// unable to read the file, so the caller has to print the address as well.
pub fn open(address: &str) -> bool {
    let Ok((path, file, folder)) = lead_to(address) else { return false };
    let shown = open::that_detached(&path).is_ok();
    if shown {
        let wait = move || {
            std::thread::sleep(PATIENCE);
            drop(file);
            drop(folder);
        };
        // If there is no thread, file and folder are removed at once; the address was printed anyway.
        let _ = std::thread::Builder::new().name("connie-browser".into()).spawn(wait);
    }
    shown
}

/// Whether the user sits at this machine, as far as can be told: editors also run servers on other machines, or in a
/// sandbox whose files browsers cannot read.
pub fn is_here() -> bool {
    let has = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_elsewhere = [
        "FLATPAK_ID",
        "SNAP",
        "SSH_CONNECTION",
        "WSL_DISTRO_NAME",
        "REMOTE_CONTAINERS",
        "CODESPACES",
        "VSCODE_AGENT_FOLDER",
    ]
    .into_iter()
    .any(has);
    (has("WAYLAND_DISPLAY") || has("DISPLAY")) && !is_elsewhere
}

/// Creates a page that leads to an address. Returns its path, the page, and its folder.
fn lead_to(address: &str) -> std::io::Result<(PathBuf, Temporary, Temporary)> {
    let mut named = tempfile::Builder::new();
    named.prefix("connie-").permissions(Permissions::from_mode(0o700));
    let folder = named.tempdir_in(place())?.keep();
    let in_charge = Temporary::file(&folder)?;
    let path = folder.join("open.html");
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let in_charge_too = Temporary::file(&path)?;
    file.write_all(page(address).as_bytes())?;
    Ok((path, in_charge_too, in_charge))
}

/// The user's own folder for temporary files, otherwise the shared one.
fn place() -> PathBuf {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let is_own = |path: &Path| {
        let ours = std::fs::metadata("/proc/self").map(|found| found.uid()).ok();
        path.is_absolute()
            && path
                .metadata()
                .is_ok_and(|found| found.is_dir() && Some(found.uid()) == ours && found.mode() & 0o077 == 0)
    };
    own.filter(|path| is_own(path)).unwrap_or_else(std::env::temp_dir)
}

fn page(address: &str) -> String {
    let escaped = address.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>connie</title>\n\
         <meta http-equiv=\"refresh\" content=\"0; url={escaped}\">\n<p><a href=\"{escaped}\">Open the viewer</a>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_user_reads_the_page() {
        let (path, file, folder) = lead_to("http://127.0.0.1:1/run/x#token=secret&step=4").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("url=http://127.0.0.1:1/run/x#token=secret&amp;step=4\""), "{text}");
        drop(file);
        drop(folder);
        assert!(!path.parent().unwrap().exists());
    }
}
