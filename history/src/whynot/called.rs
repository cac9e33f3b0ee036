//! Explains functions that were not called: finds the places that name them, and why those did not run.

use std::rc::Rc;

use connie_recording::error::Error;
use connie_source::control::{Mention, Target, mentions};

use super::runs::{Asking, Source, Within};
use super::values::Seen;
use super::{Reason, ReasonKind};

/// The maximum number of places reported.
const MAX_PLACES: usize = 4;
/// The maximum number of places examined.
const LOOKED_AT: usize = 200;

/// A place that names a function.
struct Site {
    source: Rc<Source>,
    mention: Mention,
    scope: usize,
    target: Target,
    ran: bool,
}

impl Asking<'_> {
    /// Why a function was not called.
    pub fn never_called(&self, within: &Within) -> Result<Vec<Reason>, Error> {
        let control = &within.source.control;
        let scope = &control.scopes[within.scope];
        let (Some(made_by), Some(parent)) = (scope.made_by, scope.parent) else { return Ok(Vec::new()) };
        let around = self.within(&within.source, parent);
        let target = Target::Statement(made_by);
        let what = if scope.is_class { "class" } else { "def" };
        let place = self.place(within.source.number, scope.def_line);
        if self.ran(&around, target)?.is_none() {
            let said = format!("`{what} {}` did not run: there was no such function", scope.name);
            let said = if scope.is_class { format!("`class {}` did not run", scope.name) } else { said };
            let mut reason = Reason::new(ReasonKind::NotCalled, None, said);
            reason.place = Some(place);
            reason.because = self.reasons(&around, target)?;
            return Ok(vec![reason]);
        }
        // A call of the class calls its `__init__`.
        let is_init = matches!(scope.name.as_str(), "__init__" | "__new__" | "__post_init__");
        let class = is_init.then(|| control.scopes[parent].name.as_str());
        let names: Vec<&str> = class.into_iter().chain([scope.name.as_str()]).collect();
        let (sites, more) = self.sites(within, &names)?;
        let mut found = Vec::new();
        // For the caller of a function, one place is enough.
        let most = if self.depth.get() > 1 { 1 } else { MAX_PLACES };
        for site in sites.iter().take(most) {
            found.push(self.site(within, site)?);
        }
        if sites.is_empty() {
            let name = names.first().copied().unwrap_or_default();
            let is_special = name.starts_with("__") && name.ends_with("__");
            let by_python = if is_special { "; Python calls it itself" } else { "" };
            let said = format!("no recorded code names `{name}`{by_python}; code that is not recorded may");
            let mut reason = Reason::new(ReasonKind::NotCalled, None, said);
            reason.place = Some(place);
            found.push(reason);
        } else if sites.len() > most && most == MAX_PLACES || more {
            let said = format!(
                "{} more places name it",
                if more { format!("{LOOKED_AT} or") } else { (sites.len() - MAX_PLACES).to_string() }
            );
            found.push(Reason::new(ReasonKind::NotCalled, None, said));
        }
        Ok(found)
    }

    /// The places that name a function, those that ran first, and whether there are more.
    fn sites(&self, within: &Within, names: &[&str]) -> Result<(Vec<Site>, bool), Error> {
        let own = &within.source.control.scopes[within.scope];
        let is_method = own.parent.is_some_and(|parent| within.source.control.scopes[parent].is_class);
        let init = names.len() > 1;
        let mut found: Vec<Site> = Vec::new();
        for number in 0..self.history.recording.sources.len() as u32 {
            let text = self.history.recording.sources[number as usize].text.as_deref().unwrap_or_default();
            if !names.iter().any(|name| text.contains(name)) {
                continue;
            }
            let Some(source) = self.source(number)? else { continue };
            for mention in mentions(text, names) {
                let is_own = number == within.source.number && (own.line..=own.last).contains(&mention.line);
                // A method is an attribute of an object, unless its class is named.
                if is_own || is_method && !init && !mention.is_attribute {
                    continue;
                }
                let Some(target) = source.control.target(mention.line) else { continue };
                let scope = source.control.scope_at(mention.line);
                let there = self.within(&source, scope);
                let ran = self.ran(&there, target)?.is_some();
                found.push(Site { source: Rc::clone(&source), mention, scope, target, ran });
                if found.len() == LOOKED_AT {
                    break;
                }
            }
        }
        // A call is more relevant than a mention, and code that ran more than code that did not.
        let here = within.source.number;
        found.sort_by_key(|site| {
            (!site.ran, !site.mention.is_call, site.source.number != here, site.source.number, site.mention.line)
        });
        let more = found.len() >= LOOKED_AT;
        Ok((found, more))
    }

    /// One place that names a function.
    fn site(&self, within: &Within, site: &Site) -> Result<Reason, Error> {
        let there = self.within(&site.source, site.scope);
        let text = super::hold::on_one_line(&site.mention.text);
        let verb = if site.mention.is_call { "calls" } else { "names" };
        if !site.ran {
            let mut reason = Reason::new(ReasonKind::Site, None, format!("`{text}` {verb} it, and did not run"));
            reason.place = Some(self.place(site.source.number, site.mention.line));
            // If the name is a part of the statement, explain only that part.
            reason.because = self.reasons(&there, site.target)?;
            return Ok(reason);
        }
        let lines = match site.target {
            Target::Statement(n) => site.source.control.statements[n].head,
            Target::Arm(n, arm) => site.source.control.statements[n].arms[arm].head,
        };
        let last = self.last(&there, lines, u64::MAX)?;
        let Some(last) = last else {
            return Ok(Reason::new(ReasonKind::Site, None, format!("`{text}` {verb} it")));
        };
        let scope = &within.source.control.scopes[within.scope];
        let went = self.went(&there, &last)?;
        let callee = Seen::new(self, last, went.position())?.and_then(|seen| seen.shown(&site.mention.callee));
        let is_it = callee.as_ref().is_some_and(|shown| shown.contains(scope.name.as_str()));
        let said = match callee {
            _ if !site.mention.is_call => {
                format!("`{text}` ran and names it; nothing recorded called it from there")
            }
            Some(_) if is_it && scope.suspends => {
                format!("`{text}` ran and made a generator or coroutine, which was never started")
            }
            Some(shown) if !is_it => format!("`{text}` ran, and `{}` was {shown} there", site.mention.callee),
            _ => format!("`{text}` ran, and did not reach this call, or called something else of that name"),
        };
        let mut reason = Reason::new(ReasonKind::Site, Some(self.spot(&last)), said);
        reason.times = self.times(&there, last.line)?.filter(|times| *times > 1);
        Ok(reason)
    }
}
