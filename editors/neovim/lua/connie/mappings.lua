--- Keys in Python buffers, unless they are mapped already: the keys of most debuggers, with Shift for the reverse direction.
local connie = require("connie")
local facts = require("connie.facts")
local M = {}

--- The action of each key.
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
    start = function()
      connie.asked()
      local found = require("connie.dap").dap()
      if found and found.session() then
        found.continue()
      else
        require("connie.dap").record()
      end
    end,
    reverse_continue = dap("reverse_continue"),
    toggle_breakpoint = dap("toggle_breakpoint"),
    step_over = dap("step_over"),
    step_back = dap("step_back"),
    step_into = dap("step_into"),
    back_into = ours("back_into"),
    step_out = dap("step_out"),
    back_out = ours("back_out"),
  }
end

local function map(buffer)
  local wanted = connie.options.mappings
  local runs = actions()
  local also = {}
  for _, pair in ipairs(facts.also) do
    also[pair[1]] = pair[2]
  end
  for _, mapping in ipairs(facts.mappings) do
    local name, key, what = unpack(mapping)
    local run = runs[name]
    local own = type(wanted) == "table" and wanted[name] or nil
    local left_out = type(wanted) == "table" and wanted[name] == false
    -- Keys that the user asked for are always mapped. Default keys replace no other mapping.
    local keys = own and { own } or left_out and {} or { key, also[key] }
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
