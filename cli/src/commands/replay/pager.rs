//! Output through a pager on a terminal.

use std::io::{IsTerminal, Write};
use std::process::{Child, Command, Stdio};

use crate::screen::Screen;

/// Stdout, or a pager in front of it.
pub struct Output {
    pager: Option<Child>,
    out: Box<dyn Write>,
}

impl Output {
    /// Starts `$PAGER` (otherwise `less`) if `wanted` and stdout is a terminal.
    pub fn new(wanted: bool) -> Self {
        let choice = anstream::AutoStream::choice(&std::io::stdout());
        if wanted && std::io::stdout().is_terminal() {
            let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".into());
            let mut words = pager.split_whitespace();
            if let Some(program) = words.next().filter(|program| *program != "cat") {
                let mut command = Command::new(program);
                command.args(words).stdin(Stdio::piped());
                if std::env::var_os("LESS").is_none() {
                    // The options that git uses: colours are kept, and short output stays on the screen.
                    command.env("LESS", "FRX");
                }
                if let Ok(mut child) = command.spawn()
                    && let Some(stdin) = child.stdin.take()
                {
                    let out = Screen::text(anstream::AutoStream::new(Box::new(stdin) as Box<dyn Write>, choice));
                    return Self { pager: Some(child), out: Box::new(std::io::BufWriter::new(out)) };
                }
            }
        }
        let out = Screen::text(anstream::AutoStream::new(std::io::stdout(), choice));
        Self { pager: None, out: Box::new(std::io::BufWriter::with_capacity(1 << 16, out)) }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        let _ = self.out.flush();
        // Closes the pager's input, then waits for the reader to finish.
        self.out = Box::new(std::io::sink());
        if let Some(pager) = &mut self.pager {
            let _ = pager.wait();
        }
    }
}
