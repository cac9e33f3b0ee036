//! Definitions (strings, files, types, code), which ops refer to by number.

use rusqlite::params;
use sha2::{Digest, Sha256};

use super::archive;
use super::definition::{Code, Definition};
use super::state::Recorder;
use super::types::CodeStats;
use crate::error::Error;
use crate::render::TypeName;
use connie_source::qualified::QualifiedNames;
use connie_source::source_text;

impl Recorder {
    /// Takes the next definition of the current stream.
    pub(super) fn definition(&mut self, mut definition: Definition<'_>) -> Result<(), Error> {
        let Some(translation) = self.translation() else {
            self.be_in_thread()?;
            let command = self.command.clone().map(String::into_bytes);
            return self.define(definition, command).map(|_| ());
        };
        translation.definition(&mut definition);
        let stream = self.stream;
        // Only the program itself, and what was forked from it, has code that is called `<stdin>`.
        let is_stdin = matches!(definition, Definition::File(b"<stdin>"));
        let command = match stream {
            n if n > 0 && !is_stdin => self.streams[n].command.clone(),
            _ => self.command.clone().map(String::into_bytes),
        };
        let known = self.known(&definition, command.as_deref());
        let mut translation = self.streams[stream].translation.take().unwrap_or_default();
        let is_code = matches!(definition, Definition::Code(_));
        let numbers = translation.numbers(&definition);
        // What this process defined before is other code, which was compiled once more.
        let known = known.filter(|id| !(is_code && numbers.contains(id)));
        let id = known.map_or_else(|| self.define(definition, command), Ok);
        numbers.extend(id.as_ref().ok());
        self.streams[stream].translation = Some(translation);
        id.map(|_| ())
    }

    /// The number of an equal definition that another process has made already.
    fn known(&self, definition: &Definition<'_>, command: Option<&[u8]>) -> Option<u32> {
        match definition {
            Definition::String(text) => self.known.strings.get(*text),
            Definition::File(path) => self.known.files.get(&file_key(path, command)),
            Definition::Source { path, text } => self.known.files.get(&source_key(path, text)),
            Definition::Type { kind, module, name, class, .. } => {
                self.known.types.get(&(*kind as u8, *module, *name, *class))
            }
            Definition::Code(code) => self.known.codes.get(code),
        }
        .copied()
    }

    /// Stores a definition; its number. `command` is what was given with -c, the source of `<string>`.
    fn define(&mut self, definition: Definition<'_>, command: Option<Vec<u8>>) -> Result<u32, Error> {
        match definition {
            Definition::String(text) => self.define_string(text),
            Definition::File(path) => {
                let key = file_key(path, command.as_deref());
                // What is given with -c is no file: its encoding is that of the command line.
                let command = key.1.as_deref().map(|command| source_text::as_utf8(command).into_owned());
                self.known.files.insert(key, self.tables.sources);
                let path = String::from_utf8_lossy(path);
                self.source(&path, command.or_else(|| archive::read(&path)))
            }
            Definition::Source { path, text } => {
                self.known.files.insert(source_key(path, text), self.tables.sources);
                // The text of a file comes as its bytes, any other as UTF-8, whatever its cookie says.
                let is_utf8 = std::str::from_utf8(text).is_ok();
                let text = if is_utf8 { source_text::as_utf8(text).into_owned() } else { text.into() };
                self.source(&String::from_utf8_lossy(path), Some(text))
            }
            Definition::Type { kind, module, name, class, descriptor } => {
                let id = self.tables.types.len() as u32;
                let (module_name, own_name) = (self.string(module), self.string(name));
                self.tables.types.push(TypeName { kind, module: module_name, name: own_name, class, descriptor });
                self.known.types.insert((kind as u8, module, name, class), id);
                self.insert(
                    "INSERT INTO types VALUES (?,?,?,?,?,?)",
                    params![id, kind as u8, module, name, class, descriptor],
                )?;
                Ok(id)
            }
            Definition::Code(code) => self.define_code(code),
        }
    }

    /// Stores a string; its number.
    pub(super) fn define_string(&mut self, text: &[u8]) -> Result<u32, Error> {
        let stored = self.redactor.as_mut().and_then(|redactor| redactor.text(text));
        let stored = stored.as_deref().unwrap_or(text);
        let id = self.tables.strings.len() as u32;
        self.insert("INSERT INTO strings VALUES (?,?)", params![id, stored])?;
        self.tables.strings.push(String::from_utf8_lossy(stored).into_owned());
        self.known.strings.insert(text.into(), id);
        Ok(id)
    }

    /// Stores a code object; its number.
    fn define_code(&mut self, code: Code) -> Result<u32, Error> {
        let id = self.codes.len() as u32;
        let slots: Vec<String> = code.slots.iter().map(|slot| self.string(*slot)).collect();
        let own = self.string(code.name);
        if let Some(redactor) = &mut self.redactor {
            redactor.code(&own, &slots);
        }
        let slots = serde_json::to_string(&slots).unwrap_or_default();
        let name = self.qualified(code.file, code.line, own)?;
        let is_module = name == "<module>";
        self.codes.push(CodeStats {
            source: code.file,
            first_line: code.line,
            is_module,
            level: code.level,
            ..CodeStats::default()
        });
        self.insert(
            "INSERT INTO functions (id, source, name, line, flags, arguments, free, level, slots)
                VALUES (?,?,?,?,?,?,?,?,?)",
            params![id, code.file, name, code.line, code.flags, code.arguments, code.free, code.level as u8, slots],
        )?;
        self.known.codes.insert(code, id);
        Ok(id)
    }

    /// A string by its number; empty if no string has it.
    fn string(&self, id: u32) -> String {
        self.tables.strings.get(id as usize).cloned().unwrap_or_default()
    }

    /// Stores a source; its number.
    fn source(&mut self, path: &str, text: Option<Vec<u8>>) -> Result<u32, Error> {
        let hash =
            text.as_ref().map(|text| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let id = self.tables.sources;
        self.tables.sources += 1;
        self.insert("INSERT INTO sources VALUES (?,?,?,?)", params![id, path, hash, text])?;
        Ok(id)
    }

    /// The qualified name of code. Up to Python 3.10 code has only its plain name; the rest comes from the source.
    fn qualified(&mut self, file: u32, line: u32, name: String) -> Result<String, Error> {
        if self.tables.minor != 10 || name == "<module>" {
            return Ok(name);
        }
        if !self.qualified.contains_key(&file) {
            let path = &self.path;
            let text: Option<Vec<u8>> = self
                .connection
                .query_row("SELECT text FROM sources WHERE id = ?", [file], |row| row.get(0))
                .map_err(|source| Error::Sqlite { path: path.clone(), source })?;
            let names = QualifiedNames::of(&source_text::decode(&text.unwrap_or_default()));
            self.qualified.insert(file, names);
        }
        let found = self.qualified.get(&file).and_then(|names| names.get(line, &name)).map(str::to_owned);
        Ok(found.unwrap_or(name))
    }
}

/// What tells a file from others: `<string>` and `<stdin>` are as many files as there are texts given with -c.
fn file_key(path: &[u8], command: Option<&[u8]>) -> (Vec<u8>, Option<Vec<u8>>) {
    let command = command.filter(|_| matches!(path, b"<string>" | b"<stdin>"));
    (path.to_vec(), command.map(<[u8]>::to_vec))
}

/// What tells a source that came with its text from others.
fn source_key(path: &[u8], text: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    (path.to_vec(), Some(Sha256::digest(text).to_vec()))
}
