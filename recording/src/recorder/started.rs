//! Processes that the program started, and which of them never reported to the recorder.

use connie_wire::arguments;

/// The largest number of processes that are remembered.
const MAX_PROCESSES: usize = 10_000;

/// A process that was started but is not recorded so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// Its process id; 0 if not known.
    pub pid: u32,
    /// Its command line, as text.
    pub line: String,
    /// The option of Python that keeps the tracer out of it.
    pub option: Option<char>,
}

/// Which processes were started, and which reported. The two facts come from different processes, in any order.
#[derive(Default)]
pub(super) struct Started {
    silent: Vec<Silent>,
    /// Processes that reported before their start was known.
    early: Vec<u32>,
    /// Forked processes that are about to report.
    forked: Vec<u32>,
}

impl Started {
    /// Notes that a process was started. An empty `line` means that the start failed.
    pub fn expect(&mut self, pid: u32, line: &[u8]) {
        if line.is_empty() {
            if let Some(at) = self.silent.iter().rposition(|silent| silent.pid == pid) {
                self.silent.remove(at);
            }
            return;
        }
        if line == b"fork" {
            return self.forked.push(pid);
        }
        if let Some(at) = self.early.iter().position(|early| *early == pid) {
            self.early.swap_remove(at);
            return;
        }
        if self.silent.len() < MAX_PROCESSES {
            let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
            let option = arguments::keeps_out(&words);
            let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
            self.silent.push(Silent { pid, line: words.join(" "), option });
        }
    }

    /// Notes that a process reported to the recorder.
    pub fn tells(&mut self, pid: u32) {
        if let Some(at) = self.forked.iter().position(|forked| *forked == pid) {
            self.forked.swap_remove(at);
            return;
        }
        match self.silent.iter().position(|silent| silent.pid == pid) {
            Some(at) => drop(self.silent.remove(at)),
            None if self.early.len() < MAX_PROCESSES => self.early.push(pid),
            None => {}
        }
    }

    /// The processes that did not report.
    pub fn silent(&self) -> &[Silent] {
        &self.silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tells_of_itself_is_not_missing() {
        let mut started = Started::default();
        started.expect(7, b"python\0-I\0x.py");
        started.tells(8);
        started.expect(8, b"python\0x.py");
        started.expect(9, b"python\0gone");
        started.expect(9, b"");
        // Two forks become other programs: one program reports, the other does not.
        for pid in [10, 11] {
            started.expect(pid, b"fork");
            started.tells(pid);
            started.expect(pid, b"python\0b.py");
        }
        started.tells(10);
        let found = started.silent();
        let silent = |pid, line: &str, option| Silent { pid, line: line.into(), option };
        assert_eq!(found, [silent(7, "python -I x.py", Some('I')), silent(11, "python b.py", None)]);
    }
}
