//! All that the plans of a code object say, in words.

use std::fmt::Write;

use super::Code;
use crate::plan::{LinePlan, Plans, Position};

/// The names of the uses, from the lowest bit on.
const USES: [&str; 15] = [
    "arithmetic",
    "compare",
    "hash",
    "truth",
    "text",
    "item",
    "iterate",
    "convert",
    "call",
    "instance",
    "attribute",
    "end",
    "unpack",
    "generate",
    "write",
];

fn uses(bits: u16) -> String {
    let on = USES.iter().enumerate().filter(|(n, _)| bits & 1 << n != 0);
    on.map(|(_, name)| *name).collect::<Vec<_>>().join("+")
}

impl Code {
    /// The plans of all lines, and what they share.
    pub fn words(&self) -> String {
        let plans = self.plan(&self.bytes);
        let mut out = String::new();
        let entry = plans.entry.map(|entry| format!("unit {} line {}", entry.unit, entry.line));
        let _ = writeln!(out, "# {}: entry {}", self.name, entry.unwrap_or("unknown".into()));
        for (n, callee) in plans.calls.iter().enumerate() {
            let given: Vec<_> = plans.given[n].iter().map(|sym| self.symbol(&plans, *sym)).collect();
            let at = plans.call_offsets[n];
            let at = if at == u32::MAX { "repeated".into() } else { at.to_string() };
            let _ = writeln!(out, "call {n} at {at}: {}({})", self.symbol(&plans, *callee), given.join(", "));
        }
        if !plans.sends.is_empty() {
            let _ = writeln!(out, "sends {:?}", plans.sends);
        }
        let elided = plans.elided.iter().enumerate().filter(|(_, line)| **line != 0);
        let elided: Vec<_> = elided.map(|(unit, line)| format!("{unit}:{line}")).collect();
        if !elided.is_empty() {
            let _ = writeln!(out, "elided {}", elided.join(" "));
        }
        let positions = self.positions();
        let telling = positions.iter().enumerate().filter_map(|(unit, position)| match position {
            Position::Within | Position::Rest => None,
            Position::Leads(line) => Some(format!("{unit}:leads to {line}")),
            Position::Resumes => Some(format!("{unit}:resumes")),
            Position::Begins(line) => Some(format!("{unit}:{line}")),
        });
        let telling: Vec<_> = telling.collect();
        if !telling.is_empty() {
            let _ = writeln!(out, "instructions {}", telling.join(" "));
        }
        for built in &plans.built {
            let items: Vec<_> = built.items.iter().map(|sym| self.symbol(&plans, *sym)).collect();
            let _ = writeln!(out, "built {}{}", items.join(", "), if built.in_order { "" } else { " in any order" });
        }
        let lines = plans.index.iter().enumerate().filter(|(_, index)| **index != 0);
        for (n, index) in lines {
            let words = self.words_of(&plans, &plans.lines[*index as usize]);
            let _ = writeln!(out, "{}: {words}", plans.first_line + n as u32);
        }
        let _ = writeln!(out, "before: {}", self.words_of(&plans, &plans.before));
        out
    }

    fn words_of(&self, plans: &Plans, plan: &LinePlan) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (is, name) in [
            (plan.quiet, "quiet"),
            (plan.idle, "idle"),
            (plan.dirty, "dirty"),
            (plan.globals, "globals"),
            (plan.rebinds, "rebinds"),
            (plan.again, "again"),
            (plan.results, "results"),
            (plan.hands_on, "hands on"),
            (plan.uses_results, "uses results"),
            (plan.effects, "effects"),
            (plan.elided, "elided"),
            (plan.leads_over, "leads over"),
            (plan.has_ways, "has ways"),
            (plan.moves, "moves"),
            (plan.carries, "carries"),
        ] {
            parts.extend(is.then(|| name.to_owned()));
        }
        let slots = |slots: &[u32]| slots.iter().map(|slot| self.slot(*slot)).collect::<Vec<_>>();
        let names = |names: &[u32]| names.iter().map(|name| self.name_of(*name)).collect::<Vec<_>>();
        let symbols = |all: &[u32]| all.iter().map(|sym| self.symbol(plans, *sym)).collect::<Vec<_>>();
        let numbers = |all: &[u32]| all.iter().map(u32::to_string).collect::<Vec<_>>();
        let loads = |all: &[u32]| {
            let load = |n: &u32| plans.loads[*n as usize];
            let word = |(sym, name)| format!("{}.{}", self.symbol(plans, sym), self.name_of(name));
            all.iter().map(load).map(word).collect::<Vec<_>>()
        };
        let operands: Vec<_> =
            plan.operands.iter().map(|o| format!("{} {}", self.symbol(plans, o.sym), uses(o.uses))).collect();
        let ways: Vec<_> = plan.ways.iter().map(|way| format!("{:?} to {}", way.through, way.to)).collect();
        for (name, mut all, is_sorted) in [
            ("slots", slots(&plan.slots), true),
            ("updated", slots(&plan.updated), true),
            ("names", names(&plan.names), true),
            ("checks", plan.checks.iter().map(|check| self.check(plans, *check)).collect(), false),
            ("calls", numbers(&plan.calls), true),
            ("loads", loads(&plan.loads), false),
            ("own loads", loads(&plan.own_loads), false),
            ("operands", operands, true),
            ("iterators", symbols(&plan.iterators), false),
            ("given", symbols(&plan.given), true),
            ("paths", symbols(&plan.paths), true),
            ("ways", ways, true),
        ] {
            if is_sorted {
                all.sort();
            }
            if !all.is_empty() {
                parts.push(format!("{name} {}", all.join(", ")));
            }
        }
        parts.extend((plan.uses != 0).then(|| format!("all {}", uses(plan.uses))));
        parts.join("; ")
    }

    fn slot(&self, slot: u32) -> String {
        self.slots[slot as usize].clone()
    }

    fn name_of(&self, name: u32) -> String {
        self.names[name as usize].clone()
    }
}
