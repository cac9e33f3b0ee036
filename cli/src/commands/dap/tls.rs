//! Serves the debug adapter to clients on other machines: with TLS, and only to clients with a certificate.
//!
//! A client of the adapter can run programs here, so encryption alone is not enough. The client has to show a
//! certificate that the authority named on the command line has signed.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection};

use crate::failure::Failure;

/// How long a client may read nothing before the connection is closed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The certificate of the server, and the authority for clients.
#[derive(clap::Args)]
pub struct Identity {
    /// Use TLS with this certificate (PEM, with the chain up to its authority)
    #[arg(long, value_name = "FILE", requires_all = ["tls_key", "tls_client_ca", "listen"])]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Accept only clients whose certificate is signed by this authority (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_client_ca: Option<PathBuf>,
}

impl Identity {
    /// The settings of the server; `None` without TLS.
    ///
    /// # Errors
    /// If a file cannot be read, or does not hold what it should.
    pub fn config(&self) -> Result<Option<Arc<ServerConfig>>, Failure> {
        let (Some(cert), Some(key), Some(authority)) = (&self.tls_cert, &self.tls_key, &self.tls_client_ca) else {
            return Ok(None);
        };
        let wrong = |path: &Path, why: &dyn std::fmt::Display| Failure::Usage(format!("{}: {why}", path.display()));
        let provider = Arc::new(ring::default_provider());
        let mut roots = RootCertStore::empty();
        for certificate in certificates(authority)? {
            roots.add(certificate).map_err(|error| wrong(authority, &error))?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        let verifier = verifier.map_err(|error| wrong(authority, &error))?;
        let private = PrivateKeyDer::from_pem_file(key)
            .map_err(|error| wrong(key, &format!("it has no private key in PEM format ({error})")))?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(cert, &error))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(certificates(cert)?, private)
            .map_err(|error| wrong(cert, &error))?;
        Ok(Some(Arc::new(config)))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let wrong = |why: String| Failure::Usage(format!("{}: {why}", path.display()));
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| wrong(format!("it has no certificate in PEM format ({error})")))?;
    if found.is_empty() { Err(wrong("it has no certificate in PEM format".into())) } else { Ok(found) }
}

/// An admitted connection.
pub struct Guarded {
    /// The stream from the client, and the stream to it.
    pub plain: UnixStream,
    /// A thread that ends when all answers have been sent.
    pub sender: JoinHandle<()>,
}

/// Admits a client. The caller closes the connection if that takes too long.
///
/// # Errors
/// If the client has no valid certificate, or the machine has no socket left.
pub fn admit(mut socket: TcpStream, config: Arc<ServerConfig>) -> std::io::Result<Guarded> {
    let mut tls = ServerConnection::new(config).map_err(std::io::Error::other)?;
    while tls.is_handshaking() {
        tls.complete_io(&mut socket)?;
    }
    // A client that does not read must not block this thread.
    socket.set_write_timeout(Some(PATIENCE))?;
    let (plain, inner) = UnixStream::pair()?;
    let tls = Arc::new(Mutex::new(tls));
    let (mut from_client, to_adapter) = (socket.try_clone()?, inner.try_clone()?);
    let receiving = Arc::clone(&tls);
    std::thread::spawn(move || {
        let _ = receive(&receiving, &mut from_client, &to_adapter);
        let _ = to_adapter.shutdown(Shutdown::Write);
    });
    let sender = std::thread::spawn(move || {
        let _ = send(&tls, &inner, &mut socket);
        let _ = socket.shutdown(Shutdown::Both);
    });
    Ok(Guarded { plain, sender })
}

/// Passes data of the client to the adapter, until the client leaves.
fn receive(tls: &Mutex<ServerConnection>, socket: &mut TcpStream, mut adapter: &UnixStream) -> std::io::Result<()> {
    let mut sealed = [0; 1 << 14];
    loop {
        // Data that came with the handshake is available already.
        let mut opened = Vec::new();
        {
            let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
            match tls.reader().read_to_end(&mut opened) {
                Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
        }
        adapter.write_all(&opened)?;
        let n = socket.read(&mut sealed)?;
        if n == 0 {
            return Ok(());
        }
        let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest = &sealed[..n];
        while !rest.is_empty() {
            tls.read_tls(&mut rest)?;
            if let Err(error) = tls.process_new_packets() {
                // The client gets an alert that names the problem.
                let _ = tls.write_tls(socket);
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, error));
            }
            // Make room for the rest of a large message.
            if !rest.is_empty() {
                let mut opened = Vec::new();
                let _ = tls.reader().read_to_end(&mut opened);
                adapter.write_all(&opened)?;
            }
        }
        while tls.wants_write() {
            tls.write_tls(socket)?;
        }
    }
}

/// Passes the adapter's answers to the client, until the adapter ends.
fn send(tls: &Mutex<ServerConnection>, mut adapter: &UnixStream, socket: &mut TcpStream) -> std::io::Result<()> {
    let mut open = [0; 1 << 14];
    loop {
        let n = adapter.read(&mut open)?;
        let mut tls = tls.lock().unwrap_or_else(PoisonError::into_inner);
        if n == 0 {
            tls.send_close_notify();
        } else {
            tls.writer().write_all(&open[..n])?;
        }
        while tls.wants_write() {
            tls.write_tls(socket)?;
        }
        if n == 0 {
            return Ok(());
        }
    }
}
