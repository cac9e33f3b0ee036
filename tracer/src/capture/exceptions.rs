//! Exceptions as objects: which are new ones, and which others they come from.

use connie_wire::codec::Sink;
use connie_wire::op::code;

use super::Capture;
use crate::layout::common as at;
use crate::raw::{self, Obj, field, flag};

impl Capture {
    /// Remembers that an exception was raised; whether for the first time.
    pub fn was_raised(&mut self, exception: Obj) -> bool {
        self.objects.get_mut(&(exception as usize)).is_some_and(|tracked| !std::mem::replace(&mut tracked.raised, true))
    }

    /// Tells where an exception comes from, if it comes from others.
    ///
    /// # Safety
    /// `exception` is a live exception that is known.
    pub unsafe fn chain(&mut self, exception: Obj) {
        // SAFETY: the layout of exceptions, which is that of all their subclasses.
        unsafe {
            let context_at = at::EXCEPTION_CONTEXT - if raw::layout().minor == 10 { 8 } else { 0 };
            let (context, cause): (Obj, Obj) = (field(exception, context_at), field(exception, context_at + 8));
            let suppressed = field::<u8>(exception, context_at + 16) != 0;
            let mut number = |object: Obj| {
                let is_one = !object.is_null() && raw::has_flag(raw::type_of(object), flag::EXCEPTION);
                if is_one { self.see(object, raw::type_of(object), 2, false) } else { 0 }
            };
            let (cause, context) = (number(cause), if suppressed { 0 } else { number(context) });
            if cause == 0 && context == 0 {
                return;
            }
            let id = self.objects.get(&(exception as usize)).map_or(0, |tracked| tracked.id);
            self.ring.reserve(48);
            self.ring.put(code::CHAIN);
            self.ring.varint(id);
            self.ring.varint(cause);
            self.ring.varint(context);
        }
    }
}
