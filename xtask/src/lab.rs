//! Tests `%load_ext connie` in JupyterLab, in a real browser.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use xshell::cmd;

use crate::shell::{self, Result, cache, root, shell};
use crate::{packages, vscode};

/// How long the server may take to start.
const LONGEST: Duration = Duration::from_secs(60);

/// A running server, which ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the cells of a notebook as a user does.
///
/// # Errors
/// If JupyterLab cannot be installed or started, or shows something else.
pub fn test(python: &Path) -> Result<()> {
    if !shell::has_npm("the tests in JupyterLab")? {
        return Ok(());
    }
    let Some(chromium) = vscode::chromium()? else { return Ok(()) };
    let lab = packages::venv(python, "lab", "lab")?.join("bin/jupyter-lab");
    let folder = cache()?.join("lab-project");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut start = Command::new(lab);
    start.args(["--no-browser", "--allow-root", "--ServerApp.token=of-this-test", "--ServerApp.port"]);
    start.arg(port.to_string()).arg("--ServerApp.root_dir").arg(&folder).current_dir(&folder);
    start.env("PYTHONPATH", root().join("python")).env("CONNIE_BIN", root().join("target/release/connie"));
    let _server = Server(start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if began.elapsed() > LONGEST {
            return Err("JupyterLab did not start".into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let drivers = vscode::code()?.join("node_modules");
    let shell = shell(root())?;
    let script = root().join("tests/web/lab.js");
    let test = cmd!(shell, "node {script}").env("NODE_PATH", drivers).env("CONNIE_TEST_CHROMIUM", chromium);
    let address = format!("http://127.0.0.1:{port}/?token=of-this-test");
    Ok(test.env("CONNIE_TEST_LAB", address).env("CONNIE_TEST_LAB_FOLDER", &folder).run()?)
}
