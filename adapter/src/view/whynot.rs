//! Why a line or function did not run, asked at the view's position.

use connie_history::timeline::Position;
use connie_history::whynot::Wanted;

use super::View;

impl View {
    /// The answer for `LINE`, `FILE:LINE` or a function, each optionally with `if COND`, in the frame at that position.
    ///
    /// # Errors
    /// A message, if nothing is called so.
    pub fn why_not(&self, text: &str, here: &Position) -> Result<String, String> {
        let recording = self.recorded()?;
        let (place, condition) = match text.split_once(" if ") {
            Some((place, condition)) => (place.trim(), Some(condition.trim().to_owned())),
            None => (text, None),
        };
        let wanted = Wanted {
            text: place.to_owned(),
            condition,
            at: Some((here.step, here.frame)),
            source: recording.function(here.code).map(|function| function.source),
        };
        let answer = self.history_of(&recording).why_not(&wanted).map_err(|none| none.to_string())?;
        Ok(answer.to_string())
    }
}
