--- Lines of logpoints in nvim-dap's console: `gf` on such a line goes to the step at which it was written.
local M = {}

local marks = vim.api.nvim_create_namespace("connie.logged")
--- The session and step of each line, by buffer and mark.
local known = {}

--- nvim-dap's console; nil if there is none.
local function console()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype == "dap-repl" then
      return buffer
    end
  end
end

--- The session and step of a line; lines count from 0.
local function at(buffer, line)
  local found = vim.api.nvim_buf_get_extmarks(buffer, marks, { line, 0 }, { line, 0 }, { limit = 1 })[1]
  return found and (known[buffer] or {})[found[1]]
end

--- Goes to the step of the line at the cursor. Returns false if the line has none.
function M.go()
  local buffer = vim.api.nvim_get_current_buf()
  local place = at(buffer, vim.api.nvim_win_get_cursor(0)[1] - 1)
  if not place then
    return false
  end
  local dap = require("connie.dap").dap()
  if not dap or not dap.sessions()[place.session.id] then
    require("connie").say("The debug session of this line has ended.", vim.log.levels.WARN)
    return true
  end
  place.session:request("connie/seek", { step = place.step }, function(problem)
    if problem then
      require("connie").say(problem.message or tostring(problem), vim.log.levels.WARN)
    end
  end)
  return true
end

local function map(buffer)
  vim.keymap.set("n", "gf", function()
    if not M.go() then
      pcall(vim.cmd.normal, { "gf", bang = true })
    end
  end, { buffer = buffer, desc = "connie: to the step of this line" })
end

--- Called when the console has got a line, near its end.
local function written(session, body)
  local step = session.config.type == "connie" and body.category == "console" and (body.data or {}).step
  local buffer = step and console()
  if not buffer then
    return
  end
  if not known[buffer] then
    known[buffer] = {}
    map(buffer)
  end
  -- After it come an unfinished line and the prompt, if it is shown.
  local text = vim.split((body.output:gsub("\n$", "")), "\n")
  local count = vim.api.nvim_buf_line_count(buffer)
  for first = count - #text, math.max(0, count - #text - 2), -1 do
    local found = vim.api.nvim_buf_get_lines(buffer, math.max(0, first), math.max(0, first) + #text, false)
    if found[#text] and vim.endswith(found[#text], text[#text]) then
      for line = math.max(0, first), math.max(0, first) + #text - 1 do
        local mark = vim.api.nvim_buf_set_extmark(buffer, marks, line, 0, { invalidate = true, undo_restore = false })
        known[buffer][mark] = { session = session, step = step }
      end
      return
    end
  end
end

function M.enable(dap)
  dap.listeners.after.event_output["connie"] = written
end

return M
