--- Keys in Python buffers, where nobody has mapped them: those of most debuggers, shifted for the way back.
local connie = require("connie")
local M = {}

--- Shifted function keys, as xterm, tmux and others send them: Shift+F5 is F17.
local ALSO = { ["<S-F5>"] = "<F17>", ["<S-F10>"] = "<F22>", ["<S-F11>"] = "<F23>", ["<S-F12>"] = "<F24>" }

--- What a key does: name, key, function.
local function actions()
  local dap = function(name)
    return function()
      local found = require("connie.dap").dap()
      if found then
        found[name]()
      else
        connie.say("Debugging needs nvim-dap: install mfussenegger/nvim-dap.", vim.log.levels.WARN)
      end
    end
  end
  local ours = function(name)
    return function()
      require("connie.dap")[name]()
    end
  end
  return {
    {
      "start",
      "<F5>",
      function()
        connie.asked()
        local found = require("connie.dap").dap()
        if found and found.session() then
          found.continue()
        else
          require("connie.dap").record()
        end
      end,
      "record this file, or go on",
    },
    { "reverse_continue", "<S-F5>", dap("reverse_continue"), "back to the breakpoint before" },
    { "toggle_breakpoint", "<F9>", dap("toggle_breakpoint"), "set or clear a breakpoint" },
    { "step_over", "<F10>", dap("step_over"), "step over" },
    { "step_back", "<S-F10>", dap("step_back"), "step back" },
    { "step_into", "<F11>", dap("step_into"), "step into" },
    { "back_into", "<S-F11>", ours("back_into"), "step back into" },
    { "step_out", "<F12>", dap("step_out"), "step out" },
    { "back_out", "<S-F12>", ours("back_out"), "step back out" },
  }
end

local function map(buffer)
  local wanted = connie.options.mappings
  for _, action in ipairs(actions()) do
    local name, key, run, what = unpack(action)
    local own = type(wanted) == "table" and wanted[name] or nil
    local left_out = type(wanted) == "table" and wanted[name] == false
    -- What was asked for is done; a key of our own takes nobody's place.
    local keys = own and { own } or left_out and {} or { key, ALSO[key] }
    for _, one in ipairs(keys) do
      if own or vim.fn.maparg(one, "n") == "" then
        vim.keymap.set("n", one, run, { buffer = buffer, desc = "connie: " .. what })
      end
    end
  end
end

function M.enable()
  if connie.options.mappings == false then
    return
  end
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup("connie.mappings", {}),
    pattern = "python",
    callback = function(event)
      map(event.buf)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype == "python" then
      vim.api.nvim_buf_call(buffer, function()
        map(buffer)
      end)
    end
  end
end

return M
