//! Definitions (strings, files, types, code), which ops refer to by number.

use connie_wire::Op;
use rusqlite::params;
use sha2::{Digest, Sha256};

use super::archive;
use super::state::Recorder;
use super::types::CodeStats;
use crate::error::Error;
use crate::render::TypeName;
use connie_source::qualified::QualifiedNames;
use connie_source::source_text;

impl Recorder {
    /// Stores a definition and returns its number. `command` is the text given with -c, which is the source of
    /// `<string>`.
    pub(super) fn define(&mut self, op: Op, command: Option<Vec<u8>>) -> Result<u32, Error> {
        match op {
            Op::String { text } => {
                let stored = self.redactor.as_mut().and_then(|redactor| redactor.text(&text));
                let stored = stored.as_deref().unwrap_or(&text);
                let id = self.tables.strings.len();
                self.insert("INSERT INTO strings VALUES (?,?)", params![id as i64, stored])?;
                self.tables.strings.push(String::from_utf8_lossy(stored).into_owned());
                self.known.strings.insert(text.into(), id as u32);
                Ok(id as u32)
            }
            Op::File { path } => {
                let command = command.filter(|_| matches!(path.as_ref(), b"<string>" | b"<stdin>"));
                self.known.files.insert((path.to_vec(), command.clone()), self.tables.sources);
                let path = String::from_utf8_lossy(&path).into_owned();
                // Text given with -c is in the encoding of the command line, whatever its coding cookie says.
                let command = command.map(|command| source_text::as_utf8(&command).into_owned());
                self.source(&path, command.or_else(|| archive::read(&path)))
            }
            Op::Source { path, text } => {
                self.known.files.insert(source_key(&path, &text), self.tables.sources);
                // The text of a file comes as its bytes. Any other text comes as UTF-8, whatever its coding cookie
                // says.
                let is_utf8 = std::str::from_utf8(&text).is_ok();
                let text = if is_utf8 { source_text::as_utf8(&text).into_owned() } else { text.into() };
                self.source(&String::from_utf8_lossy(&path), Some(text))
            }
            Op::Type { kind, module, name, class, descriptor } => {
                let id = self.tables.types.len();
                let string = |n: u32| self.tables.strings.get(n as usize).cloned().unwrap_or_default();
                let known = TypeName { kind, module: string(module), name: string(name), class, descriptor };
                self.tables.types.push(known);
                self.known.types.insert((kind as u8, module, name, class), id as u32);
                self.insert(
                    "INSERT INTO types VALUES (?,?,?,?,?,?)",
                    params![id as i64, kind as u8, module, name, class, descriptor],
                )?;
                Ok(id as u32)
            }
            Op::Code { file, name, line, flags, arguments, free, slots } => {
                let id = self.codes.len() as u32;
                self.known.codes.insert((file, name, line, flags, arguments, slots.clone()), id);
                let string = |n: u32| self.tables.strings.get(n as usize).cloned().unwrap_or_default();
                let slots: Vec<String> = slots.into_iter().map(string).collect();
                let own = string(name);
                if let Some(redactor) = &mut self.redactor {
                    redactor.code(&own, &slots);
                }
                let slots = serde_json::to_string(&slots).unwrap_or_default();
                let name = self.qualified(file, line, own)?;
                let is_module = name == "<module>";
                self.codes.push(CodeStats { source: file, first_line: line, is_module, ..CodeStats::default() });
                self.insert(
                    "INSERT INTO functions (id, source, name, line, flags, arguments, free, slots)
                        VALUES (?,?,?,?,?,?,?,?)",
                    params![id, file, name, line, flags, arguments, free, slots],
                )?;
                Ok(id)
            }
            _ => Ok(u32::MAX),
        }
    }

    /// Stores a source and returns its number.
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

/// The key of a source that came with its text.
pub(super) fn source_key(path: &[u8], text: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    (path.to_vec(), Some(Sha256::digest(text).to_vec()))
}
