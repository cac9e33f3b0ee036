//! Texts of standard library exceptions whose `__str__` is written in Python, computed from the attributes it reads.

use connie_wire::Value;

use super::exceptions::Texts;

impl Texts<'_> {
    /// The text of an exception. `fields` begin with the name of its class; `minor` is the interpreter's minor version.
    /// `None` if the text cannot be computed.
    pub(super) fn library(&mut self, fields: &[Value], args: &[Value], length: u64, minor: u32) -> Option<String> {
        let (Value::Str(class), fields) = fields.split_first()? else { return None };
        if fields.contains(&Value::Unbound) && class.bytes.as_ref() != b"ssl.SSLError" {
            return None;
        }
        let class = String::from_utf8_lossy(&class.bytes);
        let field = |n: usize| fields.get(n);
        let is_none = |n: usize| matches!(fields.get(n), None | Some(Value::None));
        let text = match &*class {
            "argparse.ArgumentError" if is_none(0) => self.str_of(field(1)?),
            "argparse.ArgumentError" => format!("argument {}: {}", self.str_of(field(0)?), self.str_of(field(1)?)),
            "concurrent.futures.process._RemoteTraceback" | "multiprocessing.pool.RemoteTraceback" => {
                self.plain(field(0)?)?
            }
            "configparser.Error" | "getopt.GetoptError" | "optparse.OptParseError" => self.plain(field(0)?)?,
            "xml.sax._exceptions.SAXException" => self.plain(field(0)?)?,
            "email.errors.NonPrintableDefect" => {
                format!("the following ASCII non-printables found in header: {}", self.str_of(field(0)?))
            }
            "http.client.IncompleteRead" => self.incomplete(field(0)?, field(1)?)?,
            "importlib.metadata.PackageNotFoundError" => match (args, length) {
                ([name], 1) => format!("No package metadata was found for {}", self.str_of(name)),
                _ => return None,
            },
            "multiprocessing.pool.MaybeEncodingError" => {
                format!("Error sending result: '{}'. Reason: '{}'", self.str_of(field(0)?), self.str_of(field(1)?))
            }
            "optparse.BadOptionError" => format!("no such option: {}", self.str_of(field(0)?)),
            "optparse.OptionError" if !is_true(field(0)?)? => self.plain(field(1)?)?,
            "optparse.OptionError" => format!("option {}: {}", self.str_of(field(0)?), self.str_of(field(1)?)),
            "ssl.SSLError" => match field(0)? {
                Value::Str(text) => super::exceptions::whole(text),
                _ => self.tuple(args, length),
            },
            "subprocess.CalledProcessError" => self.called(field(0)?, field(1)?, minor)?,
            "subprocess.TimeoutExpired" => {
                format!("Command '{}' timed out after {} seconds", self.str_of(field(0)?), self.str_of(field(1)?))
            }
            "urllib.error.HTTPError" => format!("HTTP Error {}: {}", self.str_of(field(0)?), self.str_of(field(1)?)),
            "urllib.error.URLError" => format!("<urlopen error {}>", self.str_of(field(0)?)),
            "xml.sax._exceptions.SAXParseException" => {
                let or = |n: usize, other: &str| if is_none(n) { Some(other.to_owned()) } else { None };
                let system = or(0, "<unknown>").map_or_else(|| self.plain(&fields[0]), Some)?;
                let line = or(1, "?").unwrap_or_else(|| self.str_of(&fields[1]));
                let column = or(2, "?").unwrap_or_else(|| self.str_of(&fields[2]));
                format!("{system}:{line}:{column}: {}", self.str_of(field(3)?))
            }
            "xmlrpc.client.Fault" => format!("<Fault {}: {}>", self.str_of(field(0)?), self.repr(field(1)?)),
            "xmlrpc.client.ProtocolError" => {
                let [url, code, why] = [0, 1, 2].map(|n| fields.get(n).map(|field| self.str_of(field)));
                format!("<ProtocolError for {}: {} {}>", url?, code?, why?)
            }
            _ => return None,
        };
        Some(text)
    }

    /// A str. `__str__` fails with any other type.
    fn plain(&self, value: &Value) -> Option<String> {
        match value {
            Value::Str(text) => Some(super::exceptions::whole(text)),
            _ => None,
        }
    }

    fn called(&mut self, command: &Value, code: &Value, minor: u32) -> Option<String> {
        let Value::Int(n) = *code else { return None };
        if n < 0 {
            let command = self.str_of(command);
            let number = n.unsigned_abs();
            return Some(match i32::try_from(number).ok().and_then(signal_name) {
                Some(name) => format!("Command '{command}' died with <Signals.{name}: {number}>."),
                None => format!("Command '{command}' died with unknown signal {number}."),
            });
        }
        Some(if minor >= 15 {
            format!("Command {} returned non-zero exit status {n}.", self.repr(command))
        } else {
            format!("Command '{}' returned non-zero exit status {n}.", self.str_of(command))
        })
    }

    fn incomplete(&mut self, partial: &Value, expected: &Value) -> Option<String> {
        let length = match partial {
            Value::Bytes(bytes) => bytes.cut.unwrap_or(bytes.bytes.len() as u64),
            _ => return None,
        };
        let more = match expected {
            Value::None => String::new(),
            more => format!(", {} more expected", self.str_of(more)),
        };
        Some(format!("IncompleteRead({length} bytes read{more})"))
    }
}

/// The truth of a value; `None` if it is not known.
fn is_true(value: &Value) -> Option<bool> {
    match value {
        Value::None => Some(false),
        Value::Str(text) => Some(!text.bytes.is_empty()),
        Value::Int(n) => Some(*n != 0),
        Value::Bool(truth) => Some(*truth),
        _ => None,
    }
}

/// The name of a signal in Python's `signal.Signals`.
fn signal_name(number: i32) -> Option<&'static str> {
    let names = [
        (libc::SIGHUP, "SIGHUP"),
        (libc::SIGINT, "SIGINT"),
        (libc::SIGQUIT, "SIGQUIT"),
        (libc::SIGILL, "SIGILL"),
        (libc::SIGTRAP, "SIGTRAP"),
        (libc::SIGABRT, "SIGABRT"),
        (libc::SIGBUS, "SIGBUS"),
        (libc::SIGFPE, "SIGFPE"),
        (libc::SIGKILL, "SIGKILL"),
        (libc::SIGUSR1, "SIGUSR1"),
        (libc::SIGSEGV, "SIGSEGV"),
        (libc::SIGUSR2, "SIGUSR2"),
        (libc::SIGPIPE, "SIGPIPE"),
        (libc::SIGALRM, "SIGALRM"),
        (libc::SIGTERM, "SIGTERM"),
        (libc::SIGCHLD, "SIGCHLD"),
        (libc::SIGCONT, "SIGCONT"),
        (libc::SIGSTOP, "SIGSTOP"),
        (libc::SIGTSTP, "SIGTSTP"),
        (libc::SIGTTIN, "SIGTTIN"),
        (libc::SIGTTOU, "SIGTTOU"),
        (libc::SIGURG, "SIGURG"),
        (libc::SIGXCPU, "SIGXCPU"),
        (libc::SIGXFSZ, "SIGXFSZ"),
        (libc::SIGVTALRM, "SIGVTALRM"),
        (libc::SIGPROF, "SIGPROF"),
        (libc::SIGWINCH, "SIGWINCH"),
        (libc::SIGIO, "SIGIO"),
        (libc::SIGSYS, "SIGSYS"),
    ];
    names.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}
