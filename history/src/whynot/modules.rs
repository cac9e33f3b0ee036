//! Explains files that were not recorded: which code imports them, and how to record them.

use std::path::Path;

use connie_recording::error::Error;
use connie_source::control::{Target, imports};

use super::runs::Asking;
use super::{Reason, ReasonKind, Verdict, WhyNot};

/// The maximum number of imports reported.
const MAX_REASONS: usize = 4;

/// The module names of a file: `pkg/mod.py` is `pkg.mod`, or `mod` if its folder is on the path.
fn names(file: &str, root: &str) -> Vec<String> {
    let below = file.strip_prefix(root).unwrap_or(file).trim_start_matches("./").trim_start_matches('/');
    let Some(below) = below.strip_suffix(".py") else { return Vec::new() };
    let below = below.strip_suffix("/__init__").unwrap_or(below);
    let parts: Vec<&str> = below.split('/').filter(|part| !part.is_empty()).collect();
    (0..parts.len()).map(|from| parts[from..].join(".")).collect()
}

impl Asking<'_> {
    /// Why nothing of a file was recorded; `None` if no such file is known.
    pub fn not_recorded(&self, file: &str) -> Result<Option<WhyNot>, Error> {
        let info = &self.history.recording.info;
        let names = names(file, &info.root);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut reasons = Vec::new();
        let mut imported = false;
        for number in 0..self.history.recording.sources.len() as u32 {
            let text = self.history.recording.sources[number as usize].text.as_deref().unwrap_or_default();
            let is_named = names.last().is_some_and(|last| text.contains(last));
            let lines = if is_named { imports(text, &names) } else { Vec::new() };
            for line in lines {
                if reasons.len() < MAX_REASONS
                    && let Some((reason, ran)) = self.import(number, line)?
                {
                    imported |= ran;
                    reasons.push(reason);
                }
            }
        }
        let is_there = [&info.root, &info.cwd].into_iter().any(|folder| Path::new(folder).join(file).is_file());
        if reasons.is_empty() && !is_there && !Path::new(file).is_file() {
            return Ok(None);
        }
        if reasons.is_empty() {
            let said = "no recorded code imports it".to_owned();
            reasons.push(Reason::new(ReasonKind::NotImported, None, said));
        }
        if imported || reasons.iter().all(|reason| reason.kind == ReasonKind::NotImported) {
            let said = format!("if it ran, it is not recorded: `connie run --include {file}` records it");
            reasons.push(Reason::new(ReasonKind::NotImported, None, said));
        }
        Ok(Some(WhyNot {
            asked: file.to_owned(),
            verdict: Verdict::NotRecorded,
            reasons,
            is_function: false,
            about: None,
        }))
    }

    /// A line that imports the file, and whether it ran.
    fn import(&self, number: u32, line: u32) -> Result<Option<(Reason, bool)>, Error> {
        let Some(source) = self.source(number)? else { return Ok(None) };
        let Some(Target::Statement(statement)) = source.control.target(line) else { return Ok(None) };
        let there = self.within(&source, source.control.statements[statement].scope);
        let target = Target::Statement(statement);
        let text = super::hold::on_one_line(&source.control.statements[statement].text);
        Ok(Some(match self.ran(&there, target)? {
            Some(ran) => (Reason::new(ReasonKind::Site, Some(self.spot(&ran.last)), format!("`{text}` ran")), true),
            None => {
                let mut reason = Reason::new(ReasonKind::Site, None, format!("`{text}` did not run"));
                reason.place = Some(self.place(number, line));
                reason.because = self.reasons(&there, target)?;
                (reason, false)
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_names() {
        assert_eq!(names("/p/pkg/mod.py", "/p"), ["pkg.mod", "mod"]);
        assert_eq!(names("pkg/__init__.py", "/p"), ["pkg"]);
        assert!(names("data.txt", "/p").is_empty());
    }
}
