//! The scope in which names are looked up.

use connie_recording::render::World;
use connie_wire::Value;
use connie_wire::level::Level;

/// The scope of an expression: a frame at a moment.
pub trait Scope {
    /// The values of the recording at that moment.
    fn world(&self) -> &dyn World;
    /// The value of a variable, local or global.
    fn name(&self, name: &str) -> Option<Value>;
    /// Whether a name is an unbound variable of the frame's function: it then means neither a global nor a builtin.
    fn is_unbound(&self, _name: &str) -> bool {
        false
    }
    /// The variables of the frame, by name: those of a function, or of the body of a module or class. `None` if they
    /// are unknown.
    fn locals(&self) -> Option<Vec<(String, Value)>> {
        None
    }
    /// The variables of its module; `None` if they are unknown.
    fn globals(&self) -> Option<Vec<(String, Value)>> {
        None
    }
    /// The class around the frame's code, whose name private names are mangled with; `None` if there is none.
    fn class(&self) -> Option<&str> {
        None
    }
    /// How much is recorded of the frame's code.
    fn level(&self) -> Level {
        Level::Lines
    }
    /// Whether the value of a variable is uncertain: other code may have changed it.
    fn is_in_doubt(&self, _name: &str) -> bool {
        false
    }
}
