//! The tools, one per file. A new one needs a file here and a line in [`all`].

mod calls;
mod evaluate;
mod explain;
mod frames;
mod history;
mod list;
mod next_hit;
mod origin;
mod output;
pub mod run;
mod search;
mod show;
mod source;
mod sql;
mod stack;
mod step;
mod stop_at;
mod trace;
mod variables;
mod version;
mod why;
mod why_not;

use crate::tool::Tool;

/// All tools, in the order of the list.
pub fn all(allow_run: bool) -> Vec<Tool> {
    let mut all = vec![
        Tool::action::<list::List>(),
        Tool::question::<show::Show>(),
        Tool::question::<explain::Explain>(),
        Tool::question::<why::Why>(),
        Tool::question::<why_not::WhyNot>(),
        Tool::question::<origin::Origin>(),
        Tool::question::<history::History>(),
        Tool::question::<trace::Trace>(),
        Tool::question::<search::Search>(),
        Tool::question::<calls::Calls>(),
        Tool::question::<source::Source>(),
        Tool::question::<stack::Stack>(),
        Tool::question::<variables::Variables>(),
        Tool::question::<evaluate::Evaluate>(),
        Tool::question::<step::Step>(),
        Tool::question::<next_hit::NextHit>(),
        Tool::question::<output::Output>(),
        Tool::question::<sql::Sql>(),
    ];
    if allow_run {
        all.push(Tool::action::<run::Run>());
    }
    all
}
