--- The debugger's words: name, arguments, description.
-- Written by cargo xtask codegen from adapter/src/view/words.rs: change it there.
-- stylua: ignore
return {
  { "help", "", "these words" },
  { "where", "", "the current step" },
  { "seek", "STEP", "to a step" },
  { "stepback", "", "step back over calls" },
  { "back", "", "step back into calls" },
  { "backout", "", "back to the caller" },
  { "reverse", "", "back to the previous breakpoint" },
  { "first", "", "first hit of this line" },
  { "last", "[EXPR]", "last hit of this line; with EXPR, to the line that wrote its value" },
  { "hits", "", "how often this line ran" },
  { "raise", "", "to the next exception" },
  { "unraise", "", "to the previous exception" },
  { "why", "EXPR", "who wrote this value" },
  { "whynot", "PLACE", "why a line, FILE:LINE or a function did not run; PLACE if COND: why the condition did not hold" },
  { "origin", "EXPR", "where this value came from, hop by hop" },
  { "explain", "[here]", "why the run failed, the most relevant lines first; here: what happened at this step" },
  { "seen", "EXPR", "everywhere this object was seen" },
  { "changed", "EXPR", "to the next line that writes to it" },
  { "watch", "[--every] EXPR", "stop where it changes, forward and backward; --every: also where an equal value is written; :watch alone removes these stops" },
  { "break", "FUNCTION", "stop at calls of a function; :break alone removes these stops" },
  { "history", "EXPR", "every value up to now, and what changed within it; --before STEP EXPR: earlier ones" },
  { "locals", "[all]", "all: also list the variables that Python and pytest create internally" },
  { "start", "", "to the start of the recording" },
  { "end", "", "to the end of the recording" },
}
