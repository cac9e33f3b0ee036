//! Computes the tree of all calls of a run, by the functions on the stack, with their counts and times.

use connie_recording::reader::Recording;
use rustc_hash::FxHashMap;

use crate::calls::{Happening, times};

/// The maximum number of nodes. Calls for which there is no room count for the function that made them.
const MAX_NODES: usize = 500_000;
/// The maximum depth of nodes; deeper calls count for the function at that depth.
const MAX_DEPTH: usize = 500;

/// All calls of one function with the same functions on the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The code of the function.
    pub code: u32,
    /// The thread, for the outermost function of a stack.
    pub thread: u32,
    /// The index of the caller; `None` for the outermost function. It is smaller than that of the node.
    pub caller: Option<usize>,
    /// The number of calls.
    pub calls: u64,
    /// Nanoseconds in the function itself.
    pub own: u64,
    /// Nanoseconds in the function and everything that it called.
    pub total: u64,
}

/// The tree of all calls. Times include the overhead of recording.
#[derive(Clone, Debug, Default)]
pub struct CallTree {
    /// The nodes; callers come before the functions that they called.
    pub nodes: Vec<Node>,
    /// Whether some calls have no node, since there are too many or they are too deep.
    pub is_cut: bool,
}

/// The calls of one function, or of one function by another. Times are in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// The number of calls.
    pub calls: u64,
    /// The number of calls that are not within another call of the same.
    pub outermost: u64,
    /// Time in the function itself.
    pub own: u64,
    /// Time including callees; that of recursive calls is counted once.
    pub total: u64,
}

/// The totals of functions, and of pairs of caller and callee.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// By code.
    pub functions: FxHashMap<u32, Totals>,
    /// By the codes of the caller and the callee.
    pub pairs: FxHashMap<(u32, u32), Totals>,
}

/// The calls that are active in a thread.
#[derive(Default)]
struct Running {
    /// Their nodes. A call without a node has that of its caller.
    stack: Vec<Option<usize>>,
    /// The time since which the innermost one runs, in nanoseconds.
    since: u64,
}

/// The caller, the thread of an outermost function, and the code.
type Key = (Option<usize>, u32, u32);

impl CallTree {
    /// Reads all calls of a recording. Damaged chunks are skipped.
    #[must_use]
    pub fn of(recording: &Recording) -> Self {
        let mut tree = Self::default();
        let mut known: FxHashMap<Key, usize> = FxHashMap::default();
        let mut threads: FxHashMap<u32, Running> = FxHashMap::default();
        times(recording, |happening| {
            match happening {
                Happening::Begins { thread, code, time, resumes, .. } => {
                    let running = threads.entry(thread).or_default();
                    tree.spend(running, time);
                    let caller = running.stack.last().copied().flatten();
                    let node = tree.node(&mut known, caller, thread, code, running.stack.len());
                    if let Some(node) = node {
                        tree.nodes[node].calls += u64::from(!resumes);
                    }
                    running.stack.push(node.or(caller));
                }
                Happening::Ends { thread, time, .. } => {
                    let running = threads.entry(thread).or_default();
                    tree.spend(running, time);
                    running.stack.pop();
                }
            }
            true
        });
        for index in (0..tree.nodes.len()).rev() {
            let node = &mut tree.nodes[index];
            node.total = node.total.saturating_add(node.own);
            let (caller, total) = (node.caller, node.total);
            if let Some(caller) = caller {
                tree.nodes[caller].total = tree.nodes[caller].total.saturating_add(total);
            }
        }
        tree
    }

    /// Adds the time until `now` to the innermost call.
    fn spend(&mut self, running: &mut Running, now: u64) {
        if let Some(node) = running.stack.last().copied().flatten() {
            let own = &mut self.nodes[node].own;
            *own = own.saturating_add(now.saturating_sub(running.since));
        }
        running.since = now;
    }

    /// The node of a call; `None` if there is no room for it, or its function is not known.
    fn node(
        &mut self,
        known: &mut FxHashMap<Key, usize>,
        caller: Option<usize>,
        thread: u32,
        code: u32,
        depth: usize,
    ) -> Option<usize> {
        if code == u32::MAX {
            return None;
        }
        let key = (caller, if caller.is_none() { thread } else { 0 }, code);
        if let Some(node) = known.get(&key) {
            return Some(*node);
        }
        if self.nodes.len() >= MAX_NODES || depth >= MAX_DEPTH {
            self.is_cut = true;
            return None;
        }
        known.insert(key, self.nodes.len());
        self.nodes.push(Node { code, thread, caller, calls: 0, own: 0, total: 0 });
        Some(self.nodes.len() - 1)
    }

    /// The nodes called by each node, the one with the most time first; the outermost ones at the end.
    #[must_use]
    pub fn callees(&self) -> Vec<Vec<usize>> {
        let mut callees = vec![Vec::new(); self.nodes.len() + 1];
        for (index, node) in self.nodes.iter().enumerate() {
            callees[node.caller.unwrap_or(self.nodes.len())].push(index);
        }
        for nodes in &mut callees {
            nodes.sort_by_key(|node| std::cmp::Reverse(self.nodes[*node].total));
        }
        callees
    }

    /// A node with its callers, from the outermost one.
    #[must_use]
    pub fn stack(&self, node: usize) -> Vec<usize> {
        let mut stack: Vec<usize> = std::iter::successors(Some(node), |node| self.nodes[*node].caller).collect();
        stack.reverse();
        stack
    }

    /// The totals of all functions.
    #[must_use]
    pub fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        let callees = self.callees();
        // The nodes on the way from the outermost one, with the number of their callees that were visited.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut active = Active::default();
        for outermost in &callees[self.nodes.len()] {
            open.push((*outermost, 0));
            active.enter(self, *outermost, &mut sums);
            while let Some((node, next)) = open.last_mut() {
                match callees[*node].get(*next) {
                    Some(callee) => {
                        *next += 1;
                        open.push((*callee, 0));
                        active.enter(self, *callee, &mut sums);
                    }
                    None => {
                        active.leave(self, *node);
                        open.pop();
                    }
                }
            }
        }
        sums
    }
}

/// How often functions, and pairs of caller and callee, are on the stack.
#[derive(Default)]
struct Active {
    functions: FxHashMap<u32, u32>,
    pairs: FxHashMap<(u32, u32), u32>,
}

impl Active {
    fn pair(tree: &CallTree, node: &Node) -> Option<(u32, u32)> {
        node.caller.map(|caller| (tree.nodes[caller].code, node.code))
    }

    fn enter(&mut self, tree: &CallTree, node: usize, sums: &mut Sums) {
        let node = &tree.nodes[node];
        let add = |totals: &mut Totals, active: &mut u32, node: &Node| {
            totals.calls += node.calls;
            totals.own = totals.own.saturating_add(node.own);
            if *active == 0 {
                totals.outermost += node.calls;
                totals.total = totals.total.saturating_add(node.total);
            }
            *active += 1;
        };
        add(sums.functions.entry(node.code).or_default(), self.functions.entry(node.code).or_default(), node);
        if let Some(pair) = Self::pair(tree, node) {
            add(sums.pairs.entry(pair).or_default(), self.pairs.entry(pair).or_default(), node);
        }
    }

    fn leave(&mut self, tree: &CallTree, node: usize) {
        let node = &tree.nodes[node];
        *self.functions.entry(node.code).or_default() -= 1;
        if let Some(pair) = Self::pair(tree, node) {
            *self.pairs.entry(pair).or_default() -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
