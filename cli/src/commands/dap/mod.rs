//! `connie dap`: the debug adapter, on stdio or for one client that connects.

use std::io::BufReader;
use std::net::TcpListener;
use std::path::PathBuf;

use connie_adapter::Log;

use crate::failure::Failure;
use crate::screen;

mod address;
mod door;
mod host;
mod secret;
mod socket;
mod tls;

use address::Address;
use door::{Door, Listener};
pub use host::Here;

/// Start the debug adapter, which editors use to step through recordings, on stdin and stdout.
#[derive(clap::Args)]
#[command(after_help = "Editors start this for launch configurations with \"type\": \"connie\". \
    Most keys of debugpy's configurations have the same meaning. A client that connects to a port of this machine \
    must send the printed token as \"token\" in its launch or attach arguments. The variable CONNIE_DAP_TOKEN or --token-file \
    chooses the token. A Unix socket needs no token. An address that other machines can reach needs --tls-cert.")]
pub struct Arguments {
    /// Serve one client that connects to this address: ADDRESS:PORT or unix:PATH
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<Address>,
    #[command(flatten)]
    secret: secret::Choice,
    /// Also write all messages to a file, one per line; the variable CONNIE_DAP_LOG does the same
    #[arg(long, value_name = "FILE")]
    log_to: Option<PathBuf>,
    #[command(flatten)]
    identity: tls::Identity,
}

/// Runs the command until its client leaves.
///
/// # Errors
/// If the address cannot be listened on, or the client does not speak the protocol.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    // A client that vanishes must not end this process before the program ends.
    // SAFETY: sets a signal disposition before any thread exists.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let variable = secret::take_variable();
    let Some(address) = &arguments.listen else {
        let (input, output) = (BufReader::new(std::io::stdin()), std::io::stdout());
        connie_adapter::serve(input, output, Box::new(Here), &log(arguments)?)?;
        return Ok(0);
    };
    let identity = arguments.identity.config()?;
    if let Address::Port(port) = address
        && !port.ip().is_loopback()
        && identity.is_none()
    {
        let text = format!(
            "{address} can be reached from other machines: listen on 127.0.0.1, or give --tls-cert, --tls-key and --tls-client-ca"
        );
        return Err(Failure::Usage(text));
    }
    let is_guarded = identity.is_some() || matches!(address, Address::Socket(_));
    let chosen = arguments.secret.token(variable, is_guarded)?;
    let log = log(arguments)?;
    let cannot = |error: std::io::Error| Failure::CannotCreate(format!("cannot listen on {address}: {error}"));
    let (listener, at) = match address {
        Address::Port(address) => {
            let listener = TcpListener::bind(address).map_err(cannot)?;
            let at = Address::Port(listener.local_addr().map_err(cannot)?);
            (Listener::Port(listener), at)
        }
        Address::Socket(path) => {
            let (listener, file) = socket::listen(path).map_err(cannot)?;
            (Listener::Socket(listener, file), address.clone())
        }
    };
    screen::say!("connie: listening on {at}");
    if let Some(said) = chosen.said {
        screen::say!("connie: {said}");
    }
    Door { listener, identity, token: chosen.token }.serve(&log)?;
    Ok(0)
}

/// The log of messages, if one was requested.
fn log(arguments: &Arguments) -> Result<Log, Failure> {
    let named = std::env::var_os("CONNIE_DAP_LOG").filter(|path| !path.is_empty()).map(PathBuf::from);
    let Some(path) = arguments.log_to.clone().or(named) else { return Ok(Log::default()) };
    Log::to(&path).map_err(|error| Failure::CannotCreate(format!("cannot write to {}: {error}", path.display())))
}
