//! Determines which contents are uncertain at a step, because code that is not recorded may have changed them since
//! they were last read.
//!
//! If reading everything again would have cost the program too much, the tracer records a level for each frame. Objects
//! that are reached from the frame's variables within that level are sure, all others are not.
//!
//! The objects are followed only as far as somebody asks: each may have to be read from another chunk.

use connie_wire::Value;
use rustc_hash::FxHashSet;

use crate::attributes;
use crate::chunk::{ALL, Context, Entity, StackFrame};
use crate::render::World;

/// The maximum number of objects that are followed; the others count as uncertain.
const MAX_OBJECTS: usize = 50_000;

/// The objects that are sure, as far as they were followed.
#[derive(Debug)]
pub struct Sure {
    found: FxHashSet<u64>,
    /// The objects of last levels, whose contents were not read: attributes that are read together with one of them
    /// ([`attributes::apart`]) are sure as well.
    edge: FxHashSet<u64>,
    /// What is followed next, the last first.
    left: Vec<Start>,
    walk: Option<Walk>,
}

/// Where following begins.
#[derive(Debug)]
enum Start {
    /// At the variables of a frame, and the value that it returns or raises.
    Frame(StackFrame, Option<u64>),
    /// At such a value alone, down to a level.
    Result(u64, u8),
    /// At objects that are sure with everything they contain.
    All(Box<[u64]>),
}

/// The objects that one start has led to.
#[derive(Debug)]
struct Walk {
    level: Vec<u64>,
    /// The number of levels that are left.
    levels: usize,
    /// An object may be reached again with a shorter path than from another frame, so that visited objects are kept for
    /// each start.
    met: FxHashSet<u64>,
}

impl Walk {
    fn new(level: Vec<u64>, levels: u8) -> Self {
        let levels = if levels == ALL { usize::MAX } else { levels.into() };
        Self { level, levels, met: FxHashSet::default() }
    }
}

impl Sure {
    /// Prepares what is sure at the state of the threads; `None` if everything is. `result` is the value that the step
    /// returns or raises. `is_unobserved` says of which frames the variables are not known.
    pub fn of(context: &Context, result: Option<u64>, is_unobserved: impl Fn(&StackFrame) -> bool) -> Option<Self> {
        let all = || context.stacks.frames().chain(context.suspended.values());
        if context.is_sure() && !all().any(&is_unobserved) {
            return None;
        }
        let mut left = Vec::new();
        let mut start = |frame: &StackFrame, result: Option<u64>| {
            if is_unobserved(frame) {
                return left.extend(result.map(|result| Start::Result(result, frame.sure)));
            }
            left.push(Start::Frame(*frame, result));
            left.extend(context.sure.get(&frame.frame).map(|all| Start::All(all.to_vec().into())));
        };
        for (thread, stack) in context.stacks.iter() {
            for (n, frame) in stack.iter().rev().enumerate() {
                start(frame, result.filter(|_| n == 0 && thread == context.thread));
                // Code that ran since may have changed objects that only outer frames see.
                if frame.sure != ALL {
                    break;
                }
            }
        }
        context.suspended.values().for_each(|frame| start(frame, None));
        left.reverse();
        Some(Self { found: FxHashSet::default(), edge: FxHashSet::default(), left, walk: None })
    }

    /// Whether the contents of an object are sure. `world` is that of the step.
    pub fn has(&mut self, object: u64, world: &dyn World) -> bool {
        while !self.knows(object, world) {
            if !self.go_on(world) {
                return false;
            }
        }
        true
    }

    fn knows(&self, object: u64, world: &dyn World) -> bool {
        let is_of = |main: &u64| self.edge.contains(main) && attributes::apart(world, *main) == Some(object);
        self.found.contains(&object) || object.checked_sub(1).is_some_and(|main| is_of(&main))
    }

    /// Follows one level further. Returns whether anything was left.
    fn go_on(&mut self, world: &dyn World) -> bool {
        let Some(mut walk) = self.walk.take().or_else(|| self.next_walk(world)) else { return false };
        let Walk { level, levels, met } = &mut walk;
        level.retain(|object| met.insert(*object));
        if *levels == 0 || level.is_empty() || self.found.len() > MAX_OBJECTS {
            return true;
        }
        *levels -= 1;
        if *levels == 0 {
            self.found.extend(&*level);
            self.edge.extend(&*level);
            return true;
        }
        world.load(level);
        // The attributes of an object that is shown by its contents are read together with it.
        let apart: Vec<u64> = level.iter().filter_map(|object| attributes::apart(world, *object)).collect();
        world.load(&apart);
        level.extend(apart);
        self.found.extend(&*level);
        let held = |entity: &Entity| -> Vec<u64> {
            // The class of an instance is read together with it.
            let class = entity.ty.and_then(|ty| world.type_name(ty)).map(|ty| ty.class).filter(|class| *class != 0);
            entity.items.iter().filter_map(number).chain(class).collect()
        };
        *level = level.iter().filter_map(|object| world.entity(*object)).flat_map(|entity| held(&entity)).collect();
        self.walk = Some(walk);
        true
    }

    fn next_walk(&mut self, world: &dyn World) -> Option<Walk> {
        let (frame, result) = match self.left.pop()? {
            Start::All(all) => return Some(Walk::new(all.into(), ALL)),
            Start::Result(result, levels) => return Some(Walk::new(vec![result], levels)),
            Start::Frame(frame, result) => (frame, result),
        };
        let mut level: Vec<u64> = result.into_iter().collect();
        if let Some(entity) = world.entity(frame.frame) {
            level.extend(entity.items.iter().filter_map(number));
        }
        if frame.namespace != 0
            && let Some(namespace) = world.entity(frame.namespace)
        {
            self.found.insert(frame.namespace);
            level.extend(namespace.items.iter().filter_map(number));
        }
        Some(Walk::new(level, frame.sure))
    }
}

fn number(value: &Value) -> Option<u64> {
    if let Value::Object(object) = value { Some(*object) } else { None }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use connie_wire::op::descriptor;
    use connie_wire::{Kind, Op};
    use proptest::prelude::*;

    use super::*;
    use crate::render::TypeName;

    /// Frames are 101 and more, objects below that refer to each other.
    struct Objects {
        entities: Vec<(u64, Rc<Entity>)>,
        types: [TypeName; 2],
        read: RefCell<FxHashSet<u64>>,
    }

    impl World for Objects {
        fn entity(&self, object: u64) -> Option<Rc<Entity>> {
            self.read.borrow_mut().insert(object);
            self.entities.iter().find(|(known, _)| *known == object).map(|(_, entity)| Rc::clone(entity))
        }
        fn string(&self, _: u32) -> &'static str {
            "?"
        }
        fn type_name(&self, id: u32) -> Option<&TypeName> {
            self.types.get(id as usize)
        }
        fn minor(&self) -> u32 {
            14
        }
    }

    fn world(objects: &[(u32, Vec<u64>)], frames: &[Vec<u64>]) -> Objects {
        let entity = |ty, items: &[u64]| {
            Rc::new(Entity { ty, length: 0, items: items.iter().copied().map(Value::Object).collect() })
        };
        let ty = |descriptor, class| {
            let (module, name) = (String::new(), String::new());
            TypeName { kind: Kind::Instance, module, name, class, descriptor }
        };
        let objects = (1u64..).zip(objects).map(|(object, (ty, items))| (object, entity(Some(*ty), items)));
        let frames = (101u64..).zip(frames).map(|(frame, items)| (frame, entity(None, items)));
        let types = [ty(0, 9), ty(descriptor::APART, 0)];
        Objects { entities: objects.chain(frames).collect(), types, read: RefCell::default() }
    }

    fn context(frames: &[(Vec<u64>, u8, Vec<u64>)]) -> Context {
        let mut context = Context::default();
        context.apply(&Op::Thread { thread: 1, ident: 1, name: Box::default() });
        for (frame, (_, levels, all)) in (101u64..).zip(frames) {
            context.apply(&Op::Call { frame, code: 0, namespace: 0, time: 0, line: 1, slots: Vec::new() });
            context.apply(&Op::Sure { levels: *levels, all: all.clone().into() });
        }
        context
    }

    /// Everything that is sure, found at once.
    fn everything(context: &Context, world: &Objects, result: Option<u64>) -> FxHashSet<u64> {
        let mut sure = FxHashSet::default();
        let mut follow = |mut level: Vec<u64>, levels: u8| {
            let mut met = FxHashSet::default();
            for _ in 0..if levels == ALL { 1000 } else { levels.into() } {
                level.retain(|object| met.insert(*object));
                let apart: Vec<u64> = level.iter().filter_map(|object| attributes::apart(world, *object)).collect();
                level.extend(apart);
                sure.extend(level.iter().copied());
                let next = level.iter().filter_map(|object| world.entity(*object)).flat_map(|entity| {
                    let class = if entity.ty == Some(0) { Some(9) } else { None };
                    entity.items.iter().filter_map(number).chain(class).collect::<Vec<u64>>()
                });
                level = next.collect();
            }
        };
        for (n, frame) in context.stack().iter().rev().enumerate() {
            let items = world.entity(frame.frame).map(|entity| entity.items.iter().filter_map(number).collect());
            follow(
                items.into_iter().flat_map(|items: Vec<u64>| items).chain(result.filter(|_| n == 0)).collect(),
                frame.sure,
            );
            follow(context.sure.get(&frame.frame).map(|all| all.to_vec()).unwrap_or_default(), ALL);
            if frame.sure != ALL {
                break;
            }
        }
        sure
    }

    fn links() -> impl Strategy<Value = Vec<u64>> {
        prop::collection::vec(1u64..14, 0..4)
    }

    proptest! {
        #[test]
        fn what_is_sure_does_not_depend_on_what_was_asked_before(
            objects in prop::collection::vec((0u32..2, links()), 12),
            frames in prop::collection::vec((links(), prop_oneof![0u8..4, Just(ALL)], links()), 1..4),
            result in prop::option::of(1u64..14),
            asked in prop::collection::vec(1u64..16, 1..30),
        ) {
            let (context, variables) = (context(&frames), frames.iter().map(|one| one.0.clone()).collect::<Vec<_>>());
            let world = world(&objects, &variables);
            let expected = everything(&context, &world, result);
            let Some(mut sure) = Sure::of(&context, result, |_| false) else {
                prop_assert!(context.is_sure());
                return Ok(());
            };
            for object in asked {
                prop_assert_eq!(sure.has(object, &world), expected.contains(&object), "{}", object);
            }
        }
    }

    #[test]
    fn nothing_is_read_beyond_the_object_that_is_asked_for() {
        // A frame refers to 1, which refers to 2, and so on.
        let objects: Vec<(u32, Vec<u64>)> = (2..=12).map(|next| (1, vec![next])).collect();
        let world = world(&objects, &[vec![1]]);
        let mut sure = Sure::of(&context(&[(Vec::new(), 3, Vec::new())]), None, |_| false).unwrap();
        assert!(sure.has(1, &world));
        assert_eq!(*world.read.borrow(), FxHashSet::from_iter([101, 1, 2]));
        assert!(!sure.has(7, &world));
        assert!(world.read.borrow().iter().all(|object| [101, 1, 2, 3, 4, 6].contains(object)), "{:?}", world.read);
    }
}
