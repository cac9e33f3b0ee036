//! Accepts connections of clients: exactly one is admitted, and others cannot block it.
//!
//! Each connection has a thread until the client has identified itself, so that a client that sends nothing, or sends
//! single bytes, does not block the others. The first client that shows a valid token is admitted; all other
//! connections are then closed.

use std::io::{BufReader, ErrorKind};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use connie_adapter::{Admission, Ended, Host, Launch, Log, Started};
use connie_framing::Token;
use connie_source::parse::STACK;
use rustls::ServerConfig;

use super::{Here, tls};
use crate::failure::Failure;
use crate::screen;
use crate::temporary::Temporary;

/// How long a client may take to identify itself: for the whole handshake and its first requests.
const PATIENCE: Duration = Duration::from_secs(10);
/// The maximum number of connections that wait to be admitted; if there are more, the oldest is closed.
const MAX_WAITING: usize = 32;
/// The interval for checking whether a client was admitted, or took too long.
const TICK: Duration = Duration::from_millis(50);
/// The maximum number of refusals that are printed: strangers must not fill a log.
const MAX_PRINTED_REFUSALS: u32 = 20;
/// How long a client may take to read the reason of its refusal.
const FAREWELL: Duration = Duration::from_secs(1);

/// A listening socket.
pub enum Listener {
    /// A port.
    Port(TcpListener),
    /// A socket in the file system, and its file.
    Socket(UnixListener, #[expect(dead_code, reason = "removes the file when it is dropped")] Temporary),
}

impl Listener {
    /// Waits for a client for one interval. The streams of both kinds differ only in their addresses, which are not
    /// used.
    fn accept(&self) -> std::io::Result<Option<TcpStream>> {
        let fd = match self {
            Self::Port(listener) => listener.as_raw_fd(),
            Self::Socket(listener, _) => listener.as_raw_fd(),
        };
        let mut asked = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        // SAFETY: points to one entry, which outlives the call; the listener is open as long as `self` is.
        let ready = unsafe { libc::poll(&raw mut asked, 1, TICK.as_millis() as i32) };
        if ready <= 0 {
            return Ok(None);
        }
        let stream = match self {
            Self::Port(listener) => listener.accept()?.0,
            Self::Socket(listener, _) => TcpStream::from(OwnedFd::from(listener.accept()?.0)),
        };
        let _ = stream.set_nodelay(true);
        Ok(Some(stream))
    }
}

/// The rules for admitting a client.
pub struct Door {
    /// The listening socket.
    pub listener: Listener,
    /// The TLS settings of the connection, including accepted certificates.
    pub identity: Option<Arc<ServerConfig>>,
    /// The token that clients have to show.
    pub token: Option<Token>,
}

/// A connection that is not admitted yet.
struct Waiting {
    number: u64,
    since: Instant,
    stream: TcpStream,
}

impl Waiting {
    fn hang_up(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// The end of a connection: its number and the result.
type Over = (u64, Result<(), Ended>);

/// The current connections.
struct Hall {
    /// The number of the admitted connection; 0 if there is none.
    inside: Arc<AtomicU64>,
    /// The oldest connection first.
    waiting: Vec<Waiting>,
    over: mpsc::Receiver<Over>,
    refusals: u32,
}

impl Hall {
    fn inside(&self) -> u64 {
        self.inside.load(Ordering::Acquire)
    }

    /// Closes connections that took too long or exceed the maximum. Returns how the admitted session ended, if it has
    /// ended.
    fn tidy(&mut self) -> Option<Result<(), Ended>> {
        let (inside, mut too_many) = (self.inside(), self.waiting.len().saturating_sub(MAX_WAITING));
        self.waiting.retain(|one| {
            let stays = one.number == inside || (too_many == 0 && one.since.elapsed() <= PATIENCE);
            too_many = too_many.saturating_sub(1);
            if !stays {
                one.hang_up();
            }
            stays
        });
        for (number, ended) in self.over.try_iter() {
            if number == self.inside.load(Ordering::Acquire) {
                return Some(ended);
            }
            self.waiting.retain(|one| one.number != number);
            if let Err(why) = ended
                && self.refusals < MAX_PRINTED_REFUSALS
            {
                self.refusals += 1;
                screen::say!("connie: {why}");
            }
        }
        None
    }
}

impl Door {
    /// Admits one client, and serves it until it leaves.
    ///
    /// # Errors
    /// If nobody can connect, or the session of the admitted client ended with an error.
    pub fn serve(self, log: &Log) -> Result<(), Failure> {
        let (to_us, over) = mpsc::channel();
        let mut hall = Hall { inside: Arc::default(), waiting: Vec::new(), over, refusals: 0 };
        let (mut number, mut failures) = (0, 0);
        while hall.inside() == 0 {
            match self.listener.accept() {
                Ok(Some(stream)) => {
                    (number, failures) = (number + 1, 0);
                    let caller = Caller { number, inside: Arc::clone(&hall.inside), token: self.token.clone() };
                    let (identity, to_us, log) = (self.identity.clone(), to_us.clone(), log.clone());
                    let Ok(copy) = stream.try_clone() else { continue };
                    let begun =
                        std::thread::Builder::new().name("connie-dap".into()).stack_size(STACK).spawn(move || {
                            let _ = to_us.send((number, converse(&stream, identity, caller, &log)));
                        });
                    if begun.is_ok() {
                        hall.waiting.push(Waiting { number, since: Instant::now(), stream: copy });
                    }
                }
                Ok(None) => {}
                // For example, if this process has too many open files: close the oldest connection.
                Err(_) if failures < 100 => {
                    failures += 1;
                    hall.waiting.iter().take(1).for_each(Waiting::hang_up);
                    std::thread::sleep(TICK);
                }
                Err(error) => return Err(Failure::CannotCreate(format!("cannot listen any more: {error}"))),
            }
            if let Some(ended) = hall.tidy() {
                return Ok(ended?);
            }
        }
        // Only one client is served.
        drop(self.listener);
        drop(to_us);
        let inside = hall.inside();
        hall.waiting.iter().filter(|one| one.number != inside).for_each(Waiting::hang_up);
        let ended = hall.over.iter().find_map(|(number, ended)| (number == inside).then_some(ended));
        Ok(ended.unwrap_or(Ok(()))?)
    }
}

/// Serves one client until it leaves or is refused.
fn converse(stream: &TcpStream, identity: Option<Arc<ServerConfig>>, caller: Caller, log: &Log) -> Result<(), Ended> {
    let no_socket = |error: std::io::Error| Ended::Refused(error.to_string());
    let Some(identity) = identity else {
        let input = BufReader::new(stream.try_clone().map_err(no_socket)?);
        let output = stream.try_clone().map_err(no_socket)?;
        let ended = connie_adapter::serve(input, output, Box::new(caller), log);
        let _ = stream.shutdown(Shutdown::Write);
        if ended.is_err() {
            linger(stream);
        }
        let _ = stream.shutdown(Shutdown::Both);
        return ended;
    };
    let sealed = stream.try_clone().map_err(no_socket)?;
    let guarded = tls::admit(sealed, identity).map_err(|error| Ended::Refused(error.to_string()))?;
    let input = BufReader::new(guarded.plain.try_clone().map_err(no_socket)?);
    let output = guarded.plain.try_clone().map_err(no_socket)?;
    let ended = connie_adapter::serve(input, output, Box::new(caller), log);
    let _ = guarded.plain.shutdown(Shutdown::Write);
    let _ = guarded.sender.join();
    let _ = stream.shutdown(Shutdown::Both);
    ended
}

/// Reads the remaining data of a client for a moment: closing the connection earlier would lose the last message to it.
fn linger(mut stream: &TcpStream) {
    let (start, mut rest) = (Instant::now(), [0; 4096]);
    let _ = stream.set_read_timeout(Some(FAREWELL));
    while start.elapsed() < FAREWELL {
        match std::io::Read::read(&mut stream, &mut rest) {
            Ok(1..) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => return,
        }
    }
}

/// A connected client, and what it has to show.
struct Caller {
    number: u64,
    /// The number of the admitted connection.
    inside: Arc<AtomicU64>,
    token: Option<Token>,
}

impl Host for Caller {
    fn trusts(&self) -> bool {
        false
    }

    fn admit(&self, command: &str, token: Option<&str>) -> Admission {
        match (&self.token, command) {
            (None, _) => {}
            (Some(wanted), "launch" | "attach") => match token {
                Some(given) if wanted.is(given) => {}
                Some(_) => return Admission::Refused("the token is wrong".into()),
                None => {
                    let why =
                        "its launch or attach arguments have no \"token\": connie printed it when it began to listen";
                    return Admission::Refused(why.into());
                }
            },
            (Some(_), _) => return Admission::NotYet,
        }
        match self.inside.compare_exchange(0, self.number, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Admission::Admitted,
            Err(_) => Admission::Refused("another client was accepted before this one".into()),
        }
    }

    fn recorder(&self, launch: &Launch) -> Result<Started, String> {
        Here.recorder(launch)
    }

    fn hand_over(&self, started: &mut Started) -> Result<(), String> {
        Here.hand_over(started)
    }

    fn attacher(&self, process: u32, launch: &Launch) -> Result<Started, String> {
        Here.attacher(process, launch)
    }

    fn find(&self, run: &str, cwd: Option<&str>) -> Result<PathBuf, String> {
        Here.find(run, cwd)
    }
}
