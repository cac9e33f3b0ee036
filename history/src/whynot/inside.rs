//! Explains lines within a statement that ran: operands, branches of a choice, and comprehensions that were not
//! reached.

use connie_recording::error::Error;
use connie_source::control::{Inside, inside};

use super::hold::{held, on_one_line};
use super::runs::{Asking, Within};
use super::values::Seen;
use super::{Reason, ReasonKind};
use crate::timeline::Position;

impl Asking<'_> {
    /// Why a line within a statement with a known last hit was not reached; empty if nothing decides about it.
    pub fn within_statement(&self, within: &Within, line: u32, last: &Position) -> Result<Vec<Reason>, Error> {
        let recording = self.history.recording;
        let text = recording.sources.get(within.source.number as usize).and_then(|source| source.text.as_deref());
        let Some(decides) = text.and_then(|text| inside(text, line)) else { return Ok(Vec::new()) };
        let went = self.went(within, last)?;
        let Some(seen) = Seen::new(self, *last, went.position())? else { return Ok(Vec::new()) };
        let spot = Some(self.spot(last));
        Ok(vec![match decides {
            Inside::If(test, wanted) => {
                let found = held(self, &seen, &test, !wanted);
                let mut reason = Reason::new(ReasonKind::Condition, spot, found.said);
                reason.values = found.values;
                reason
            }
            Inside::Each(iterable, tests) => {
                let shown = on_one_line(&iterable);
                let is_empty = seen.holds(&format!("len({iterable}) == 0"));
                let conditions: Vec<String> = tests.iter().map(|test| format!("`{}`", on_one_line(test))).collect();
                let said = match (is_empty, conditions.is_empty()) {
                    (Some(true), _) | (None, true) => format!("`{shown}` gave no item"),
                    (Some(false), _) => format!("{} held for no item of `{shown}`", conditions.join(" and ")),
                    (None, false) => format!("`{shown}` gave no item, or {} held for none", conditions.join(" and ")),
                };
                let mut reason = Reason::new(ReasonKind::EmptyLoop, spot, said);
                if let Some(condition) = connie_source::control::condition(&iterable) {
                    reason.values = seen.values(self, &condition.leaves());
                }
                reason
            }
            Inside::Lambda => {
                let said = "made a lambda, which was not called".to_owned();
                Reason::new(ReasonKind::NotCalled, spot, said)
            }
        }])
    }
}
