//! Recognises exceptions that the frame which caught them raises again.

use connie_source::source_text;

use super::handling::Handling;
use super::state::Recorder;
use crate::error::Error;

impl Recorder {
    /// Whether a line of code, given by its number, raises anew an exception that its frame has caught. False if the
    /// source is not known.
    pub(super) fn raises_anew(&mut self, (code, line): (u32, u32)) -> Result<bool, Error> {
        let Some(source) = self.codes.get(code as usize).map(|code| code.source) else { return Ok(false) };
        if !self.handling.contains_key(&source) {
            let path = &self.path;
            let text: Option<Vec<u8>> = self
                .connection
                .query_row("SELECT text FROM sources WHERE id = ?", [source], |row| row.get(0))
                .map_err(|source| Error::Sqlite { path: path.clone(), source })?;
            let found = text.and_then(|text| Handling::of(&source_text::decode(&text)));
            self.handling.insert(source, found);
        }
        let known = self.handling.get(&source).and_then(Option::as_ref);
        Ok(known.is_some_and(|handling| handling.raises_anew(line)))
    }
}
