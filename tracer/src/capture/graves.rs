//! Objects that have died, and new objects at their addresses.
//!
//! All objects in the tables are alive (see [`crate::identity`]), so that an object found by its address is the one
//! that was seen. A container whose pointers are unchanged holds the same objects unless one of them has died. So each
//! item knows the container that it was written in, and its death makes that container *stale*. For a stale container,
//! each item's number is checked: an item that is unknown, or was numbered after the container was written, is another
//! object.

use std::ops::Range;

use connie_wire::Kind;
use connie_wire::op::put;

use super::Capture;
use super::state::{Named, Parent, Tracked};
use crate::identity::{self, Lead};
use crate::raw::{self, Obj};

/// The largest number of deaths in one op.
const TOLD: usize = 64;
/// The largest number of items leaving a container at once that are looked up.
const FEW: usize = 4;

impl Capture {
    /// Removes objects that have died since the last event.
    #[inline(always)]
    pub fn bury_dead(&mut self) {
        if identity::is_pending() {
            self.bury_all();
        }
    }

    #[inline(never)]
    fn bury_all(&mut self) {
        let mut blocks = std::mem::take(&mut self.graves.blocks);
        identity::take_dead(&mut blocks);
        for &block in &blocks {
            for lead in Lead::ALL {
                let address = lead.object(block);
                if self.objects.get(&address).is_some_and(|entry| entry.lead == lead)
                    || self.graves.named.get(&address).is_some_and(|named| named.lead == lead)
                {
                    self.bury(address);
                }
            }
        }
        blocks.clear();
        self.graves.blocks = blocks;
    }

    /// Removes the object that was known at an address, as it is dead.
    pub(super) fn bury(&mut self, address: usize) {
        if let Some(entry) = self.objects.remove(address) {
            self.let_go(address, &entry);
            self.orphan(entry.parent);
            self.graves.untold.push(entry.id);
            let attributes = self.leave_apart(address, &entry);
            self.graves.untold.extend(attributes);
            if self.graves.untold.len() >= TOLD {
                self.tell_deaths();
            }
        }
        if let Some(named) = self.graves.named.remove(&address) {
            identity::unwatch(address, named.lead);
            self.orphan(named.parent);
        }
    }

    /// Notes in its container that an item is not known any more.
    pub(super) fn orphan(&mut self, parent: Parent) {
        match parent {
            Parent::None => {}
            Parent::Many => self.graves.deaths += 1,
            Parent::One(address, number) => {
                if let Some(parent) = self.objects.get_mut(address).filter(|parent| parent.id == number) {
                    parent.stale = true;
                }
            }
        }
    }

    fn tell_deaths(&mut self) {
        let ring = &mut self.ring;
        ring.reserve(16 + 10 * self.graves.untold.len());
        put::dead(ring, &self.graves.untold);
        self.graves.untold.clear();
    }

    /// The entry of a live object; `None` if it is a new object at the address of another.
    ///
    /// # Safety
    /// `object` is live.
    #[inline(always)]
    pub(super) unsafe fn entry(&mut self, object: Obj) -> Option<*mut Tracked> {
        let entry = self.objects.find(object as usize)?;
        // SAFETY: the caller's promise.
        if unsafe { !identity::is_marked(object) } {
            self.bury(object as usize);
            return None;
        }
        Some(entry)
    }

    /// Notes the container that an item was written into, so that the item's death makes the container stale.
    ///
    /// # Safety
    /// `tracked` is the entry of a container that holds `item`, which is live and not held by us.
    pub(super) unsafe fn own(&mut self, tracked: *mut Tracked, item: Obj) {
        // SAFETY: the caller's promise.
        let (parent, known) = unsafe {
            let known = match self.entry(item) {
                Some(entry) => (*entry).parent,
                None => self.by_name(item).map_or(Parent::None, |named| named.parent),
            };
            (Parent::One((*tracked).address, (*tracked).id), known)
        };
        let is_gone = match known {
            Parent::None => true,
            Parent::Many => false,
            Parent::One(address, number) => self.objects.get(&address).is_none_or(|entry| entry.id != number),
        };
        let parent = if known == parent || is_gone { parent } else { Parent::Many };
        // SAFETY: the caller's promise.
        unsafe {
            if let Some(entry) = self.entry(item) {
                (*entry).parent = parent;
            } else {
                self.remember(item);
                if let Some(named) = self.graves.named.get_mut(&(item as usize)) {
                    named.parent = parent;
                }
            }
        }
    }

    /// Notes that items leave a container: their deaths do not affect it any more, unless it holds them elsewhere.
    pub(super) unsafe fn disown(&mut self, tracked: *mut Tracked, leaving: Range<usize>, coming: &[Obj]) {
        // SAFETY: the entry of a container; of the items no more than the addresses is used.
        unsafe {
            let items = &(*tracked).items;
            if leaving.len() > FEW {
                return;
            }
            let parent = Parent::One((*tracked).address, (*tracked).id);
            for &item in items[leaving.clone()].iter().filter(|item| **item & 1 == 0 && **item != 0) {
                let known = match self.objects.get_mut(item) {
                    Some(entry) => Some(&mut entry.parent),
                    None => self.graves.named.get_mut(&item).map(|named| &mut named.parent),
                };
                let Some(known) = known.filter(|known| **known == parent) else { continue };
                let stays = coming.iter().any(|other| *other as usize == item)
                    || items[..leaving.start].contains(&item)
                    || items[leaving.end..].contains(&item);
                if !stays {
                    *known = Parent::None;
                }
            }
        }
    }

    /// Gives a number to an object that has none, so that it is distinguished from later ones at its address.
    ///
    /// # Safety
    /// `object` is live.
    pub unsafe fn remember(&mut self, object: Obj) {
        // SAFETY: the caller's promise.
        unsafe {
            if self.entry(object).is_none() && self.by_name(object).is_none() {
                let (number, lead) = (self.new_id(), Lead::of(raw::type_of(object)));
                identity::watch(object, lead);
                self.graves.named.insert(object as usize, Named { number, lead, parent: Parent::None });
            }
        }
    }

    unsafe fn by_name(&mut self, item: Obj) -> Option<&Named> {
        // SAFETY: `item` is live.
        if self.graves.named.contains_key(&(item as usize)) && unsafe { !identity::is_marked(item) } {
            self.bury(item as usize);
        }
        self.graves.named.get(&(item as usize))
    }

    /// Whether an object differs from the one that was at its address when `told` numbers were assigned.
    ///
    /// # Safety
    /// `object` is live, and not held by us.
    pub unsafe fn is_other(&mut self, told: u64, object: Obj) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            match self.entry(object) {
                Some(entry) => (*entry).id >= told,
                None => self.by_name(object).is_none_or(|named| named.number >= told),
            }
        }
    }

    /// Whether a container may hold another object at an unchanged pointer. Its entry must have its current pointers.
    #[inline]
    pub(super) unsafe fn is_stale(&self, tracked: &Tracked) -> bool {
        // SAFETY: the caller says that the items are live. A dict whose version has not changed has held them since it
        // was read, so that none was replaced. What is known of types is never freed.
        tracked.stale
            || tracked.deaths != self.graves.deaths
            || identity::has_marks()
                && !tracked.solid
                && unsafe { (*tracked.info).kind } != Kind::Dict
                && unsafe {
                    tracked.items.iter().any(|&item| item & 1 == 0 && item != 0 && !identity::is_marked(item as Obj))
                }
    }

    /// Whether an item of a container may have died since the container was read.
    #[inline(always)]
    pub(super) fn lost_items(&self, tracked: &Tracked) -> bool {
        tracked.stale || tracked.deaths != self.graves.deaths
    }

    /// Notes that all items of a container were compared.
    #[inline]
    pub(super) fn settle_items(&self, tracked: &mut Tracked) {
        (tracked.stale, tracked.deaths, tracked.told) = (false, self.graves.deaths, self.next);
    }

    /// Number of assigned numbers.
    #[inline(always)]
    pub fn told(&self) -> u64 {
        self.next
    }

    /// Number of deaths that affect every container.
    #[inline]
    pub(super) fn deaths(&self) -> u64 {
        self.graves.deaths
    }

    /// Forgets objects that are known by name only.
    pub(super) fn forget_named(&mut self) {
        for (address, named) in self.graves.named.drain() {
            identity::unwatch(address, named.lead);
        }
        self.graves.untold.clear();
    }

    /// Begins a new epoch, as code with unknown effects has run. If deaths are not noticed any more, or were not for
    /// some time, all objects are forgotten.
    #[inline(always)]
    pub fn advance(&mut self) {
        self.late.advance();
        // SAFETY: under the GIL, as all of this.
        if unsafe { !identity::check() } {
            self.forget_all();
        }
    }

    /// Begins a new epoch, as not everything that may have changed could be read. No code with unknown effects ran.
    #[inline(always)]
    pub fn advance_unread(&mut self) {
        self.late.advance_unread();
    }
}
