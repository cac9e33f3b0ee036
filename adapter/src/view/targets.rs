//! Finds the places that expressions name.

use connie_history::answers::ValuePlace;

use super::View;

impl View {
    /// The place that an expression names in a frame.
    ///
    /// # Errors
    /// A message, if it names nothing that can be written to.
    pub fn place(&self, text: &str, frame: Option<u64>) -> Result<ValuePlace, String> {
        let here = self.position()?;
        self.place_at(text, here.step, frame.unwrap_or(here.frame))
    }

    /// As [`Self::place`], but only for a place that has a value, had one, or gets one.
    ///
    /// # Errors
    /// A message, if nothing of that name is known.
    pub fn known_place(&self, text: &str, frame: Option<u64>) -> Result<ValuePlace, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let found = self.history_of(&recording).place(text, here.step, frame.unwrap_or(here.frame));
        found.map_err(|error| error.to_string())
    }

    /// The place that an expression names at a step in a frame.
    ///
    /// # Errors
    /// A message, if it names nothing that can be written to.
    pub fn place_at(&self, text: &str, step: u64, frame: u64) -> Result<ValuePlace, String> {
        let recording = self.recorded()?;
        self.history_of(&recording).named(text, step, frame).map_err(|error| error.to_string())
    }
}
