//! Parses Python's command line: options, the program, and the program's arguments.
//!
//! Words are read as `Python/getopt.c` reads them. All code that interprets such a command line uses this module.

/// What an interpreter was told to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program<'a> {
    /// `-c CODE`
    Code(&'a [u8]),
    /// `-m MODULE`
    Module(&'a [u8]),
    /// `SCRIPT`, which may be `-`
    Script(&'a [u8]),
}

/// The name of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'a> {
    /// `-B`, alone or with others in one word
    Letter(u8),
    /// `--version`, without its dashes
    Long(&'a [u8]),
}

/// An option of the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given<'a> {
    /// What it is called.
    pub name: Name<'a>,
    /// Its value, if it takes one: attached, or the next word.
    pub value: Option<&'a [u8]>,
    /// The index of its word, from 0.
    pub word: usize,
}

/// The parsed words after the interpreter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine<'a> {
    /// Options before the program, in order, without `-c` and `-m`.
    pub options: Vec<Given<'a>>,
    /// The program; `None` if Python reads it from stdin.
    pub program: Option<Program<'a>>,
    /// The index of the first argument of the program; the number of words if it has none.
    pub rest: usize,
    /// The word whose last option lacks its value.
    pub unfinished: Option<&'a [u8]>,
    /// Whether the options end with `--`.
    pub is_closed: bool,
}

/// The long option that takes a value.
const VALUED: &[u8] = b"check-hash-based-pycs";

impl<'a> CommandLine<'a> {
    /// Parses the words after the interpreter.
    pub fn read(words: &[&'a [u8]]) -> Self {
        let mut line = Self::default();
        let mut at = 0;
        while let Some(word) = words.get(at).copied() {
            match word {
                b"--" => {
                    line.is_closed = true;
                    at += 1;
                    break;
                }
                [b'-', _, ..] => {}
                _ => break,
            }
            let next = words.get(at + 1).copied();
            let takes_next = line.read_word(word, at, next);
            at += if takes_next { 2 } else { 1 };
            if line.program.is_some() || line.unfinished.is_some() {
                line.rest = at.min(words.len());
                return line;
            }
        }
        line.program = words.get(at).copied().map(Program::Script);
        line.rest = (at + 1).min(words.len());
        line
    }

    /// Parses the options of one word. Returns whether the last one's value is the next word.
    fn read_word(&mut self, word: &'a [u8], at: usize, next: Option<&'a [u8]>) -> bool {
        for (place, letter) in word.iter().enumerate().skip(1) {
            let attached = &word[place + 1..];
            let name = match letter {
                b'-' => Name::Long(attached),
                letter => Name::Letter(*letter),
            };
            let takes_value = matches!(name, Name::Letter(b'c' | b'm' | b'W' | b'X') | Name::Long(VALUED));
            if !takes_value {
                self.options.push(Given { name, value: None, word: at });
                match name {
                    Name::Letter(_) => continue,
                    Name::Long(_) => return false,
                }
            }
            let is_attached = *letter != b'-' && !attached.is_empty();
            let value = if is_attached { Some(attached) } else { next };
            match (name, value) {
                (_, None) => self.unfinished = Some(word),
                (Name::Letter(b'c'), Some(code)) => self.program = Some(Program::Code(code)),
                (Name::Letter(b'm'), Some(module)) => self.program = Some(Program::Module(module)),
                _ => self.options.push(Given { name, value, word: at }),
            }
            return !is_attached;
        }
        false
    }

    /// The one-letter options without a value.
    pub fn flags(&self) -> impl Iterator<Item = u8> {
        self.options.iter().filter_map(|option| option.flag())
    }

    /// The first option that keeps the tracer out.
    pub fn keeps_out(&self) -> Option<char> {
        self.flags().find(|flag| keeps_tracer_out(*flag)).map(char::from)
    }
}

impl Given<'_> {
    /// Its letter, if it is a one-letter option without a value.
    pub fn flag(&self) -> Option<u8> {
        match (self.name, self.value) {
            (Name::Letter(letter), None) => Some(letter),
            _ => None,
        }
    }
}

/// Whether an option keeps the tracer out. `-I` and `-E` make Python ignore the variables that load the tracer; with
/// `-S` nothing is imported before the program.
pub fn keeps_tracer_out(flag: u8) -> bool {
    matches!(flag, b'I' | b'E' | b'S')
}

/// Parses a command line that begins with the interpreter.
fn whole<'a>(arguments: &[&'a [u8]]) -> CommandLine<'a> {
    CommandLine::read(arguments.get(1..).unwrap_or_default())
}

/// The code that was given with `-c`; `None` if something else runs.
///
/// `arguments` begins with the interpreter.
pub fn command<'a>(arguments: &[&'a [u8]]) -> Option<&'a [u8]> {
    match program(arguments) {
        Some(Program::Code(code)) => Some(code),
        _ => None,
    }
}

/// The option of a command line that keeps the tracer out. `arguments` begins with the interpreter.
pub fn keeps_out(arguments: &[&[u8]]) -> Option<char> {
    whole(arguments).keeps_out()
}

/// Whether Python only prints information about itself. `arguments` begins with the interpreter.
pub fn only_tells(arguments: &[&[u8]]) -> bool {
    whole(arguments).options.iter().any(|option| match option.name {
        Name::Letter(letter) => matches!(letter, b'V' | b'h' | b'?'),
        Name::Long(name) => name == b"version" || name.starts_with(b"help"),
    })
}

/// What a command line runs; `None` if Python reads the program from stdin.
///
/// `arguments` begins with the interpreter.
pub fn program<'a>(arguments: &[&'a [u8]]) -> Option<Program<'a>> {
    whole(arguments).program
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parsed options, program and arguments as one text. Words of `line` are separated by bars.
    fn told(line: &str) -> String {
        let words: Vec<&[u8]> = line.split('|').map(str::as_bytes).collect();
        let read = CommandLine::read(&words[1..]);
        let text = String::from_utf8_lossy;
        let options = read.options.iter().map(|option| {
            let name = match option.name {
                Name::Letter(letter) => char::from(letter).to_string(),
                Name::Long(name) => format!("--{}", text(name)),
            };
            name + &option.value.map_or(String::new(), |value| format!("={}", text(value)))
        });
        let options = options.collect::<Vec<_>>().join(" ");
        let program = match read.program {
            Some(Program::Code(code)) => format!("code {}", text(code)),
            Some(Program::Module(module)) => format!("module {}", text(module)),
            Some(Program::Script(script)) => format!("script {}", text(script)),
            None => "nothing".into(),
        };
        let rest = words[1 + read.rest..].iter().map(|word| text(word)).collect::<Vec<_>>().join(" ");
        format!("{options}; {program}; {rest}{}", if read.unfinished.is_some() { "; unfinished" } else { "" })
    }

    /// The expected results are those of CPython 3.12.
    #[test]
    fn lines_are_read_as_python_reads_them() {
        for (line, wanted) in [
            ("python|shop.py|-v|-c", "; script shop.py; -v -c"),
            ("python|-Wd|shop.py|a", "W=d; script shop.py; a"),
            ("python|-W|error|-X|dev|-u|shop.py", "W=error X=dev u; script shop.py; "),
            ("python|-X|importtime|shop.py", "X=importtime; script shop.py; "),
            ("python|-bb|shop.py|-c|1", "b b; script shop.py; -c 1"),
            ("python|-m|pkg|-q", "; module pkg; -q"),
            ("python|-mpkg|-q", "; module pkg; -q"),
            ("python|-IBm|pkg|a", "I B; module pkg; a"),
            ("python|-Sm|pkg", "S; module pkg; "),
            ("python|-um|pytest|-m|slow", "u; module pytest; -m slow"),
            ("python|-c|print(1)|-I", "; code print(1); -I"),
            ("python|-Bcpass|x", "B; code pass; x"),
            ("python|-c||x", "; code ; x"),
            ("python|-|a|-E", "; script -; a -E"),
            ("python|--|-c|a", "; script -c; a"),
            ("python|-B|--|shop.py|-I", "B; script shop.py; -I"),
            ("python|--check-hash-based-pycs|always|shop.py|a", "--check-hash-based-pycs=always; script shop.py; a"),
            ("python|--check-hash-based-pycs|-I|-E|x", "--check-hash-based-pycs=-I E; script x; "),
            ("python|-B-help-env", "B --help-env; nothing; "),
            ("python|-X|-I|-W|-E|x", "X=-I W=-E; script x; "),
            ("python||a", "; script ; a"),
            ("python|-i", "i; nothing; "),
            ("python", "; nothing; "),
            ("python|-W", "; nothing; ; unfinished"),
            ("python|-Bc", "B; nothing; ; unfinished"),
            ("python|--check-hash-based-pycs", "; nothing; ; unfinished"),
        ] {
            assert_eq!(told(line), wanted, "{line}");
        }
    }

    #[test]
    fn finds_code_behind_options() {
        let found = |line: &str| {
            let arguments: Vec<&[u8]> = line.split('|').map(str::as_bytes).collect();
            command(&arguments).map(|code| String::from_utf8_lossy(code).into_owned())
        };
        assert_eq!(found("python|-c|print(1)|x"), Some("print(1)".into()));
        assert_eq!(found("python|-X|dev|-Bc|x=1"), Some("x=1".into()));
        assert_eq!(found("python|-Werror|--check-hash-based-pycs|never|-cpass"), Some("pass".into()));
        assert_eq!(found("python|-m|json.tool|-c|x"), None);
        assert_eq!(found("python|script.py|-c|x"), None);
        assert_eq!(found("python|-"), None);
        assert_eq!(found("python|-c"), None);
        // The value of an option is not an option itself; what is attached to a letter may be one.
        assert_eq!(found("python|-W|-c|x"), None);
        assert_eq!(found("python|-Xdev|-c|x"), Some("x".into()));
        assert_eq!(found("python||-c|x"), None);
        assert_eq!(found("python"), None);
    }

    #[test]
    fn finds_options_that_keep_the_tracer_out() {
        let found = |line: &str| keeps_out(&line.split(' ').map(str::as_bytes).collect::<Vec<_>>());
        assert_eq!(found("python -I x.py"), Some('I'));
        assert_eq!(found("python -sE x.py"), Some('E'));
        assert_eq!(found("python -W error -BS -c 1"), Some('S'));
        assert_eq!(found("python -Im venv"), Some('I'));
        assert_eq!(found("python -mI"), None);
        assert_eq!(found("python -X I x.py -I"), None);
        assert_eq!(found("python -WI -XS x.py"), None);
        assert_eq!(found("python -c 1 -I"), None);
        assert_eq!(found("python - -I"), None);
        assert_eq!(found("python -- -I"), None);
        assert_eq!(found("python --check-hash-based-pycs -I x.py"), None);
        // `-Werror` has its value attached, `-W` takes the next word.
        assert_eq!(found("python -Werror -I x.py"), Some('I'));
        assert_eq!(found("python -Xdev -E x.py"), Some('E'));
        assert_eq!(found("python -W -I x.py"), None);
        assert_eq!(found("python --check-hash-based-pycs -S"), None);
        assert_eq!(found("python --check-hash-based-pycs never -S"), Some('S'));
        let tells = |line: &str| only_tells(&line.split(' ').map(str::as_bytes).collect::<Vec<_>>());

        for line in ["python -V", "python --version", "python -Bh", "python -X dev --help-all", "python -VV x.py"] {
            assert!(tells(line), "{line}");
        }
        for line in ["python x.py -V", "python -X V x.py", "python -- --version", "python -c 1 --help", "python"] {
            assert!(!tells(line), "{line}");
        }

        assert!(tells("python -?") && tells("python --help-all") && tells("python -I --help"));
        assert!(!tells("python") && !tells("python --versions") && !tells("python x.py --version"));
    }

    #[test]
    fn finds_scripts_and_modules() {
        let line = |line: &'static str| line.split('|').map(str::as_bytes).collect::<Vec<_>>();
        assert_eq!(program(&line("python|-u|-W|error|shop.py|-c")), Some(Program::Script(b"shop.py")));
        assert_eq!(program(&line("python|-Im|flask|run")), Some(Program::Module(b"flask")));
        assert_eq!(program(&line("python|-m|flask")), Some(Program::Module(b"flask")));
        assert_eq!(program(&line("python|-mflask|x")), Some(Program::Module(b"flask")));
        assert_eq!(program(&line("python|-Bcx=1")), Some(Program::Code(b"x=1")));
        assert_eq!(program(&line("python|-c|x")), Some(Program::Code(b"x")));
        assert_eq!(program(&line("python|-Xdev|a.py")), Some(Program::Script(b"a.py")));
        assert_eq!(program(&line("python|--x|a.py")), Some(Program::Script(b"a.py")));
        assert_eq!((program(&line("python|-m")), program(&line("python||a.py"))), (None, Some(Program::Script(b""))));
        assert_eq!(program(&line("python|-")), Some(Program::Script(b"-")));
        assert_eq!(program(&line("python|-i")), None);
        assert_eq!(program(&[]), None);
    }
}
