//! Command lines.

use connie_wire::secrets::{Verdict, looks_secret};

use super::{REDACTED, Redactor};

impl Redactor {
    /// Replaces secrets in a command line. Returns whether there were any.
    pub(crate) fn arguments(&mut self, line: &mut [String]) -> bool {
        let before = self.replaced;
        for n in 0..line.len() {
            let named =
                n > 0 && line[n - 1].starts_with('-') && !line[n - 1].contains('=') && !line[n].starts_with('-');
            if named && self.hides_argument(line[n - 1].trim_start_matches('-'), &line[n]) {
                self.remember(line[n].as_bytes());
                line[n] = REDACTED.into();
                self.replaced += 1;
            } else if let Some((name, value)) = line[n].split_once('=')
                && self.hides_argument(name.trim_start_matches('-'), value)
            {
                self.remember(value.as_bytes());
                line[n] = format!("{name}={REDACTED}");
                self.replaced += 1;
            } else if let Some(text) = self.str(&line[n]) {
                line[n] = text;
            }
        }
        self.replaced > before
    }

    fn hides_argument(&self, name: &str, value: &str) -> bool {
        /// The minimum length in bytes of the value of an option like `--token`.
        const SHORT: usize = 8;
        let is = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
        match self.secrets.verdict(name) {
            _ if value.is_empty() => false,
            Verdict::Open => false,
            Verdict::Look => {
                let is_mixed =
                    is(u8::is_ascii_digit) && is(u8::is_ascii_alphabetic) && !value.contains(['/', '.', ' ']);
                looks_secret(value.as_bytes()) || value.len() >= SHORT && is_mixed
            }
            Verdict::Secret => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines() {
        let cases = [
            ("tool --password hunter2 -v", "tool --password <redacted> -v"),
            ("tool --password=hunter2 x", "tool --password=<redacted> x"),
            ("tool DB_PASSWORD=hunter2", "tool DB_PASSWORD=<redacted>"),
            ("tool --token abc12345", "tool --token <redacted>"),
            ("tool --token identifier", "tool --token identifier"),
            ("tool --password --verbose", "tool --password --verbose"),
            ("tool postgres://u:hunter2@h/d", "tool postgres://u:<redacted>@h/d"),
            ("tool --password-file /etc/x", "tool --password-file /etc/x"),
            ("tool --name password", "tool --name password"),
            ("python -W error -X dev main.py 1", "python -W error -X dev main.py 1"),
        ];
        for (line, expected) in cases {
            let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let mut redactor = Redactor::new(&[connie_wire::secrets::BUILT_IN.to_owned()]).unwrap();
            assert_eq!(redactor.arguments(&mut words), line != expected);
            assert_eq!(words.join(" "), expected);
        }
    }
}
