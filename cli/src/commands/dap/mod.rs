//! `connie dap`: the debug adapter, on stdio or for one connection on TCP.

use std::io::BufReader;
use std::net::{Shutdown, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use connie_adapter::{Host, Launch, Log, Started};

use crate::failure::Failure;
use crate::script::Script;
use crate::{folder, project, screen};

mod tls;

/// Speak the Debug Adapter Protocol on stdin and stdout.
#[derive(clap::Args)]
#[command(after_help = "Editors start this; see the launch configuration \"type\": \"connie\". \
    The keys of debugpy's configurations mean the same here.")]
pub struct Arguments {
    /// Serve the first connection to this address instead; one that other machines reach takes --tls-cert
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Also write all messages to a file, one a line; so does the environment's CONNIE_DAP_LOG
    #[arg(long, value_name = "FILE")]
    log_to: Option<PathBuf>,
    #[command(flatten)]
    identity: tls::Identity,
}

/// Runs the command until its client leaves.
///
/// # Errors
/// Where the address cannot be listened on.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    // A client that vanishes must not end us before the program is.
    // SAFETY: sets a signal disposition before any thread exists.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let log = log(arguments)?;
    let Some(address) = arguments.listen else {
        connie_adapter::serve(BufReader::new(std::io::stdin()), std::io::stdout(), Box::new(Here), &log);
        return Ok(0);
    };
    let identity = arguments.identity.config()?;
    if !address.ip().is_loopback() && identity.is_none() {
        let text = format!(
            "{address} can be reached from other machines: listen on 127.0.0.1, or give --tls-cert, --tls-key and --tls-client-ca"
        );
        return Err(Failure::Usage(text));
    }
    let cannot = |error: std::io::Error| Failure::CannotCreate(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).map_err(cannot)?;
    screen::say!("connie: listening on {}", listener.local_addr().map_err(cannot)?);
    let stream = loop {
        let (stream, _) = listener.accept().map_err(cannot)?;
        let _ = stream.set_nodelay(true);
        let Some(config) = &identity else { break stream };
        let Some(guarded) = tls::admit(stream, Arc::clone(config)).map_err(cannot)? else { continue };
        drop(listener);
        let input = guarded.plain.try_clone().map_err(cannot)?;
        let output = guarded.plain.try_clone().map_err(cannot)?;
        connie_adapter::serve(BufReader::new(input), output, Box::new(Here), &log);
        let _ = guarded.plain.shutdown(Shutdown::Write);
        let _ = guarded.sender.join();
        return Ok(0);
    };
    // One client, and nobody after it.
    drop(listener);
    let input = stream.try_clone().map_err(cannot)?;
    connie_adapter::serve(BufReader::new(input), stream, Box::new(Here), &log);
    Ok(0)
}

/// Where messages are written besides.
fn log(arguments: &Arguments) -> Result<Log, Failure> {
    let named = std::env::var_os("CONNIE_DAP_LOG").filter(|path| !path.is_empty()).map(PathBuf::from);
    let Some(path) = arguments.log_to.clone().or(named) else { return Ok(Log::default()) };
    Log::to(&path).map_err(|error| Failure::CannotCreate(format!("cannot write to {}: {error}", path.display())))
}

/// What the adapter needs of the rest.
pub struct Here;

impl Host for Here {
    fn recorder(&self, launch: &Launch) -> Result<Started, String> {
        let sentence = |failure: Failure| failure.to_string();
        let cwd = match &launch.cwd {
            Some(cwd) => PathBuf::from(cwd),
            None => std::env::current_dir().map_err(|error| format!("there is no working folder: {error}"))?,
        };
        if !cwd.is_dir() {
            return Err(format!("there is no folder {}", cwd.display()));
        }
        let script = match &launch.program {
            Some(program) if !cwd.join(program).exists() => {
                return Err(format!("there is no script {}", cwd.join(program).display()));
            }
            Some(program) => Some(Script::find(Path::new(program), &cwd).map_err(sentence)?),
            None => None,
        };
        let root = project::root(script.as_ref().map_or(&cwd, |script| &script.start));
        let python = match launch.python.as_slice() {
            [] => None,
            [python] => Some(python.as_str()),
            _ => return Err("\"python\" must name the interpreter alone: connie passes it no options".into()),
        };
        let found = match &script {
            Some(script) => script.interpreter(python, &root),
            None => project::interpreter(python, &root),
        };
        let python = found.map_err(|failure| sentence(failure).replace("--python", "\"python\""))?;
        let recording = match &launch.recording {
            Some(path) => cwd.join(path),
            None => {
                let folder = folder::create(&root).map_err(sentence)?;
                folder.join(format!("{}.{}", folder::new_id(), folder::EXTENSION))
            }
        };
        let connie = std::env::current_exe().map_err(|error| format!("connie cannot find itself: {error}"))?;
        let mut command = Command::new(connie);
        command.args(["run", "--quiet", "--live", "--python"]).arg(python).arg("--output").arg(&recording);
        if !launch.just_my_code {
            command.arg("--all");
        }
        if !launch.children {
            command.arg("--no-children");
        }
        for pattern in &launch.include {
            command.args(["--include", pattern]);
        }
        for pattern in &launch.exclude {
            command.args(["--exclude", pattern]);
        }
        for (option, n) in &launch.limits {
            command.arg(option).arg(n.to_string());
        }
        if let Some(recheck) = &launch.recheck {
            command.args(["--recheck", recheck]);
        }
        match (&launch.program, &launch.module, &launch.code) {
            (Some(program), ..) => command.arg("--").arg(program),
            (_, Some(module), _) => command.args(["-m", module, "--"]),
            (.., code) => command.args(["-c", code.as_deref().unwrap_or_default(), "--"]),
        };
        command.args(&launch.args).current_dir(&cwd);
        for (name, value) in &launch.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Ok(Started { command, recording })
    }

    fn find(&self, run: &str, cwd: Option<&str>) -> Result<PathBuf, String> {
        let here = std::env::current_dir().unwrap_or_default();
        folder::resolve_from(run, &cwd.map_or(here, PathBuf::from)).map_err(|failure| failure.to_string())
    }
}
