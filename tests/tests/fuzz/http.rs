//! Requests to the viewer from anybody who reaches its port. The viewer must continue to serve.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Stdio;
use std::time::Duration;

use connie_tests::{Project, connie, pythons};

use crate::edits::fuzz;
use crate::program::PROGRAM;

/// Sends bytes and reads the answer to its end.
fn ask(port: u16, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    // The viewer may close the connection before it has read everything.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.take(1 << 20).read_to_end(&mut answer);
    Ok(answer)
}

#[test]
fn the_viewer_goes_on() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    assert!(project.record(&python, &["main.py"]).status.code() == Some(1));
    let errors = project.path("stderr");
    let mut command = project.command(&connie(), &["view", "latest", "--no-browser"]);
    command.stdout(Stdio::piped()).stderr(std::fs::File::create(&errors).expect("a file"));
    let mut child = command.spawn().expect("connie runs");
    let mut address = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut address).expect("an address");
    let rest = address.split("127.0.0.1:").nth(1).expect("a port");
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let port: u16 = digits.parse().expect("a port");
    // If the token is in the address, requests have it. If not, they come from strangers.
    let token: String = rest
        .split(['#', '?', '&', '/'])
        .filter_map(|part| part.trim().split_once('='))
        .find_map(|(name, value)| (name == "token").then(|| value.to_owned()))
        .unwrap_or_default();
    fuzz("http", 40, Vec::new(), |request| {
        let host = format!("127.0.0.1:{port}");
        let request = String::from_utf8_lossy(request).replace("TOKEN", &token).replace("HOST", &host);
        ask(port, request.as_bytes()).expect("a connection");
        assert!(child.try_wait().expect("a process").is_none(), "the viewer has ended");
    });
    // A server may drop a request whose connection is half closed before it is answered: this one stays open.
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    write!(stream, "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    assert!(answer.starts_with(b"HTTP/1.1 "), "{}", String::from_utf8_lossy(&answer));
    let _ = child.kill();
    let _ = child.wait();
    let said = std::fs::read_to_string(errors).expect("a file");
    assert!(!said.contains("panicked"), "{said}");
}
