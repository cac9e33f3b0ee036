//! The address of the debug adapter: a port, or a socket in the file system.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A port, on this machine or open to others.
    Port(SocketAddr),
    /// A Unix socket, protected by the permissions of its file.
    Socket(PathBuf),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some("") => Err("unix: needs a path".into()),
            Some(path) => Ok(Self::Socket(path.into())),
            None => text.parse().map(Self::Port).map_err(|_| "write ADDRESS:PORT or unix:PATH".into()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port(address) => address.fmt(f),
            Self::Socket(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let port = "127.0.0.1:80".parse().unwrap();
        assert_eq!("127.0.0.1:80".parse(), Ok(Address::Port(port)));
        assert_eq!("unix:a b".parse(), Ok(Address::Socket("a b".into())));
        for wrong in ["", "nowhere", "unix:", "/tmp/x", "127.0.0.1"] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }
}
