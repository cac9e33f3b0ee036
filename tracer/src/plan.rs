//! What each line of a code object can change, found by a static analysis of its bytecode.
//!
//! The bytecode is walked once with a stack of symbols ("the value of slot 2", "attribute `x` of that"). What a line
//! stores, changes or calls becomes its plan. A line with anything that the walk does not understand is *dirty*: after
//! it, everything visible is read again.

mod called;
mod elide;
mod entry;
mod finish;
mod flow;
mod held;
mod lines;
mod operands;
mod positions;
mod step;
mod symbols;
mod told;
mod view;
mod wait;
mod walk;

pub use finish::root;
pub use lines::{Check, LinePlan, Plans};
pub use positions::{Position, positions};
pub use symbols::{FRESH, Operand, Sym, SymId};
pub use view::CodeView;
use walk::Walk;

/// Makes the plans of a code object.
pub fn plan(view: &CodeView<'_>) -> Plans {
    // Up to 3.11 no event can be left out, and a call is also reported for a generator that begins with an exception.
    let flow = if view.minor >= 12 { flow::Flow::of(view) } else { None };
    let mut walk = Walk::new(view);
    walk.run();
    let mut plans = walk.finish(flow.as_ref());
    if let Some(flow) = flow {
        plans.entry = entry::entry(&flow);
        if view.optimized {
            elide::elide(&flow, &mut plans);
        }
    }
    plans
}
