--- The plugin's commands, keys and options. `cargo xtask codegen` writes `:help connie` from these tables,
--- which have one entry a line.
-- stylua: ignore start
local M = {}

--- Words of `:Connie` that are not words of the debugger, with descriptions.
M.commands = {
  { "open", "choose a recording and open it in the debugger; `:Connie` without arguments does the same" },
  { "record", "write this buffer, and record its file" },
  { "test", "record the test at the cursor, and open it in the test's own frame: where it failed, else at its first line" },
  { "watch", "record this file again at each save; `watch pytest` records the tests, `watch stop` ends watching; during a session, give the file's name" },
  { "select", "choose the recording whose values are shown" },
  { "newest", "show the values of the newest recording again" },
  { "view", "open the recording that is shown in a browser" },
  { "goback", "move the debugger back to where it was before a call, an iteration or a step was chosen beside the code" },
  { "delete", "choose a recording and delete it" },
}

--- Keys: name, key, description.
M.mappings = {
  { "start", "<F5>", "record this file, or continue" },
  { "reverse_continue", "<S-F5>", "back to the previous breakpoint" },
  { "toggle_breakpoint", "<F9>", "set or clear a breakpoint" },
  { "step_over", "<F10>", "step over" },
  { "step_back", "<S-F10>", "step back over calls" },
  { "step_into", "<F11>", "step into" },
  { "back_into", "<S-F11>", "step back into calls" },
  { "step_out", "<F12>", "step out" },
  { "back_out", "<S-F12>", "step back out, to the caller" },
}

--- Shifted function keys, as xterm, tmux and others send them: Shift+F5 is F17.
M.also = {
  { "<S-F5>", "<F17>" },
  { "<S-F10>", "<F22>" },
  { "<S-F11>", "<F23>" },
  { "<S-F12>", "<F24>" },
}

--- Options of `setup`: name, type, default, description.
M.options = {
  { "cmd", "string", "connie", "the program; a name is searched on the PATH" },
  { "lsp", "boolean", true, "values beside the code" },
  { "hints", "boolean", true, "show them as inlay hints" },
  { "lenses", "boolean", true, "show lenses above functions and loops" },
  { "dap", "boolean", true, "register with nvim-dap" },
  { "mappings", "boolean|table<string, string|false>", true, "keys in Python buffers; a table sets other keys, and false disables one" },
  { "settings", "table", {}, "settings of the language server" },
}

-- stylua: ignore end
return M
