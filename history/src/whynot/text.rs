//! The answer in words, as consoles and terminals show it.

use std::fmt::{Display, Formatter, Result};

use connie_recording::amounts::grouped;

use super::{Known, Reason, ReasonKind, Verdict, WhyNot};
use crate::answers::Spot;

fn times(n: u64) -> String {
    if n == 1 { "once".to_owned() } else { format!("{} times", grouped(n)) }
}

fn place(spot: &Spot) -> String {
    let by = spot.by.as_ref().map_or_else(String::new, |by| format!(", {by}"));
    format!("{spot}, step {}{by}", grouped(spot.step))
}

impl WhyNot {
    /// The answer in one sentence.
    #[must_use]
    pub fn headline(&self) -> String {
        let asked = &self.asked;
        match &self.verdict {
            Verdict::Never if self.is_function => format!("{asked} was never called"),
            Verdict::Never => format!("{asked} never ran"),
            Verdict::Ran { times: n, first, last, in_call } => {
                let scope = if *in_call { " in this call" } else { "" };
                let often = n.map_or_else(String::new, |n| format!(" {}", times(n)));
                let (first, last) = (first.step, last.step);
                let when = if first == last {
                    format!("at step {}", grouped(first))
                } else {
                    format!("first at step {}, last at step {}", grouped(first), grouped(last))
                };
                let about = self.about.as_ref().map_or_else(String::new, |about| format!("; {about}"));
                let ran = if self.is_function { "was called" } else { "ran" };
                format!("{asked} {ran}{often}{scope}, {when}{about}")
            }
            Verdict::NotInCall { call, elsewhere } => {
                let others = match elsewhere {
                    Some(0) => "; nor did any other".to_owned(),
                    Some(n) => format!("; it ran {} in other calls", times(*n)),
                    None => "; it ran in other calls".to_owned(),
                };
                format!("{asked} did not run in the call that began at step {}{others}", grouped(call.step))
            }
            Verdict::NoCode { nearest } => {
                let nearest =
                    nearest.map_or_else(String::new, |line| format!(": the nearest line with code is {line}"));
                format!("{asked} has no code{nearest}")
            }
            Verdict::NotRecorded => format!("{asked} did not run in this recording"),
            Verdict::Condition { hits, held, more, .. } => {
                let or = if *more { " or more" } else { "" };
                let held = if *held == 0 { "never held".to_owned() } else { format!("held {}", times(*held)) };
                format!("{asked} ran {}{or}; the condition {held}", times(*hits))
            }
        }
    }

    /// The reasons, one per line, with the values below them.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for reason in &self.reasons {
            add_reason(reason, 0, "", &mut lines);
        }
        if lines.is_empty() && matches!(self.verdict, Verdict::Never | Verdict::NotInCall { .. }) {
            lines.push("the recording does not show why".to_owned());
        }
        lines
    }
}

impl Reason {
    /// Whether the text of the reason continues the sentence that begins with the place.
    #[must_use]
    pub fn is_verb(&self) -> bool {
        matches!(
            self.kind,
            ReasonKind::Returned
                | ReasonKind::Broke
                | ReasonKind::Continued
                | ReasonKind::Raised
                | ReasonKind::Waits
                | ReasonKind::Closed
                | ReasonKind::Ended
                | ReasonKind::Runs
                | ReasonKind::OtherClass
                | ReasonKind::OtherHandler
                | ReasonKind::Unknown
        )
    }
}

fn add_reason(reason: &Reason, depth: usize, before: &str, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    let at = reason.at.as_ref().map(place).or_else(|| reason.place.clone());
    let often = reason.times.map_or_else(String::new, |n| format!(" (the last of {})", times(n)));
    let said = match at {
        Some(at) if reason.is_verb() => format!("{at} {}", reason.said),
        Some(at) => format!("{at}: {}", reason.said),
        None => reason.said.clone(),
    };
    lines.push(format!("{indent}{before}{said}{often}"));
    for value in &reason.values {
        lines.push(format!("{indent}    {value}"));
    }
    for inner in &reason.because {
        add_reason(inner, depth + 1, "because ", lines);
    }
}

impl Display for Known {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} = {}", self.text, self.value)?;
        for (n, from) in self.from.iter().enumerate() {
            let way = if n == 0 { ", " } else { "; from " };
            let name = if n == 0 { String::new() } else { format!("{} ", from.text) };
            write!(f, "{way}{name}{} at {}", from.how.word(), place(&from.at))?;
        }
        Ok(())
    }
}

impl Display for WhyNot {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.headline())?;
        self.lines().iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}
