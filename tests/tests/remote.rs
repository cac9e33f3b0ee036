//! The debug adapter on TCP: which clients are admitted, and which are not.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use connie_tests::dap::{Server, ask, next, send};
use connie_tests::{Project, connie, pythons};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// A certificate for this machine, and its key.
fn certificate(authority: &Authority) -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".into(), "127.0.0.1".into()]).expect("parameters");
    (params.signed_by(&key, authority).expect("a certificate"), key)
}

/// A server with a certificate signed by an authority, which must also have signed those of its clients.
fn server(project: &Project, authority: &Authority) -> Server {
    let (certificate, key) = certificate(authority);
    project.write("cert.pem", &certificate.pem());
    project.write("key.pem", &key.serialize_pem());
    project.write("ca.pem", &authority.pem());
    let files = ["--tls-cert", "cert.pem", "--tls-key", "key.pem", "--tls-client-ca", "ca.pem"];
    let mut command = project.command(&connie(), &["dap", "--listen", "0.0.0.0:0"]);
    Server::start(command.args(files))
}

/// A connection that trusts an authority and sends a certificate, or none.
fn client(port: u16, trusted: &Authority, own: Option<&Authority>) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(trusted.der().to_vec())).expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("TLS");
    let builder = builder.with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let (certificate, key) = certificate(authority);
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
            builder.with_client_auth_cert(vec![certificate.der().clone()], key).expect("a certificate")
        }
    };
    let name = ServerName::try_from("localhost").expect("a name");
    let tls = ClientConnection::new(Arc::new(config), name).expect("a connection");
    StreamOwned::new(tls, TcpStream::connect(("127.0.0.1", port)).expect("somebody listens"))
}

#[test]
fn others_are_let_in_with_a_certificate_alone() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let text = "x".repeat(100_000);
    let project = Project::new(&format!("text = '{text}'\nprint(text)\n"));
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let mut server = server(&project, &ours);
    // Connections without TLS, without a certificate, or with one of another authority are refused.
    let mut open = TcpStream::connect(("127.0.0.1", server.port())).expect("somebody listens");
    // The connection may be closed while this is sent.
    let _ = send(&mut open, &json!({"seq": 1, "type": "request", "command": "initialize", "arguments": {}}));
    assert_ne!(next(&mut open).map(|message| message["type"].clone()), Some(json!("response")));
    for own in [None, Some(&theirs)] {
        let mut refused = client(server.port(), &ours, own);
        let _ = send(&mut refused, &json!({"seq": 1, "type": "request", "command": "initialize", "arguments": {}}));
        assert_eq!(next(&mut refused), None);
    }
    let mut client = client(server.port(), &ours, Some(&ours));
    assert_eq!(ask(&mut client, 1, "initialize", json!({"adapterID": "connie"}))["success"], true);
    let launch =
        json!({"program": project.path("main.py"), "python": python, "cwd": project.path(""), "env": {"A": text}});
    assert_eq!(ask(&mut client, 2, "launch", launch)["success"], true);
    assert_eq!(ask(&mut client, 3, "configurationDone", json!({}))["success"], true);
    let mut printed = String::new();
    while printed.len() <= text.len() {
        let message = next(&mut client).expect("a message");
        if message["event"] == "output" && message["body"]["category"] == "stdout" {
            printed += message["body"]["output"].as_str().unwrap_or_default();
        }
    }
    assert_eq!(printed.trim_end(), text);
    assert_eq!(ask(&mut client, 4, "disconnect", json!({}))["success"], true);
    assert_eq!(server.process.wait().expect("it ends").code(), Some(0));
}

/// Neither a client that sends its handshake byte by byte, nor many silent ones, block a client with a certificate.
#[test]
fn slow_clients_keep_nobody_out() {
    let project = Project::new("pass\n");
    let ours = authority("ours");
    let mut server = server(&project, &ours);
    let mut dripping = TcpStream::connect(("127.0.0.1", server.port())).expect("somebody listens");
    let silent: Vec<_> = (0..40).map(|_| TcpStream::connect(("127.0.0.1", server.port())).expect("room")).collect();
    let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    dripping.write_all(&hello[..5]).expect("the first bytes");
    let start = Instant::now();
    let mut client = client(server.port(), &ours, Some(&ours));
    assert_eq!(ask(&mut client, 1, "initialize", json!({"adapterID": "connie"}))["success"], true);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    // The other clients are disconnected.
    for mut other in silent.into_iter().chain([dripping]) {
        other.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        let read = other.read(&mut [0; 100]);
        let is_cut = read.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset);
        assert!(matches!(read, Ok(0)) || is_cut, "it is still open: {read:?}");
    }
    assert_eq!(ask(&mut client, 2, "disconnect", json!({}))["success"], true);
    assert_eq!(server.process.wait().expect("it ends").code(), Some(0));
}

#[test]
fn who_could_be_anybody_is_refused() {
    let project = Project::new("pass\n");
    let refused = |arguments: &[&str], why: &str| {
        let output = Command::new(connie()).arg("dap").args(arguments).current_dir(project.path("")).output();
        let output = output.expect("connie runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{arguments:?}: {said}");
    };
    let ours = authority("ours");
    project.write("ca.pem", &ours.pem());
    project.write("nothing.pem", "nothing\n");
    refused(&["--listen", "0.0.0.0:0"], "listen on 127.0.0.1");
    refused(&["--listen", "0.0.0.0:0", "--tls-cert", "ca.pem"], "--tls-key");
    let with = |cert, key, ca| ["--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key, "--tls-client-ca", ca];
    refused(&with("nothing.pem", "ca.pem", "ca.pem"), "it has no private key in PEM format");
    refused(&with("ca.pem", "ca.pem", "nothing.pem"), "nothing.pem: it has no certificate in PEM format");
    refused(&with("ca.pem", "nowhere.pem", "ca.pem"), "nowhere.pem");
}
