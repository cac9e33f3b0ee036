//! The types that a capture consists of. The modules beside this one use them.

mod graves;
mod late;
mod objects;
mod own;
mod recheck;
mod shared;
mod standings;
mod tracked;
mod views;
mod walk;

pub use graves::{Graves, Named, Parent};
pub use late::LateChanges;
pub use objects::Objects;
pub use own::Own;
pub use recheck::{ALL, MAX_CREDIT, Recheck, SMALL, TICKS};
pub use shared::{Shared, dict_of, has_attributes};
pub use standings::{ContextOffset, Standing, Standings};
pub use tracked::Tracked;
pub use views::Views;
pub use walk::Walk;
