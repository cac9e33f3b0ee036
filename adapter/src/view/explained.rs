//! `:explain`: why the run failed, or what happened at the view's step.

use std::fmt::Write;

use connie_history::explain::{Branch, passing};

use super::View;

impl View {
    /// The explanation as text, with one line of the program per line.
    ///
    /// # Errors
    /// A message, if nothing failed or the recording cannot be read.
    pub fn explain(&self, which: &str) -> Result<String, String> {
        let recording = self.recorded()?;
        let step = match which {
            "" => None,
            "here" => Some(self.position()?.step),
            _ => return Err("write :explain or :explain here".into()),
        };
        let passing = passing::beside(&recording);
        let explained = self.history_of(&recording).explain(step, passing.as_ref()).map_err(|error| match error {
            connie_recording::Error::Expression(why) => format!("{why}: go there, then :explain here"),
            error => error.to_string(),
        })?;
        let mut out = String::new();
        let failure = &explained.failure;
        if let Some(ty) = &failure.ty {
            let colon = if failure.message.is_empty() { "" } else { ": " };
            let _ = writeln!(out, "{ty}{colon}{}", failure.message.lines().next().unwrap_or_default());
        }
        for row in explained.tree.rows() {
            let _ = writeln!(out, "{}{}", row.lines, row_text(row.branch));
        }
        for row in explained.passing.iter().flat_map(passing::Passing::rows) {
            let _ = writeln!(out, "{row}");
        }
        Ok(out)
    }
}

fn row_text(branch: &Branch) -> String {
    let spot = &branch.spot;
    let rank = branch.rank.map_or_else(String::new, |rank| format!("{rank}. "));
    let by = spot.by.as_ref().map_or_else(String::new, |by| format!(", by {by}"));
    format!(
        "{rank}line {} in {}, step {}{by}: {}   {}:{}",
        spot.line, spot.function, spot.step, branch.why, spot.file, spot.line
    )
}
