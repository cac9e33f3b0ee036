--- `connie watch` in a terminal below: each save is recorded again.
local connie = require("connie")
local M = {}

--- The running watch: its job and its buffer.
local running

--- Whether the debugger's word `watch` is meant: a recording is open, and the rest is not a command line.
---@param rest string
---@return boolean
function M.is_expression(rest)
  local dap = require("connie.dap").dap()
  local session = dap and dap.session()
  if not session then
    return false
  end
  local first = vim.trim(rest):match("^%S*")
  local is_option = first:sub(1, 1) == "-" and first ~= "--every"
  local is_file = first ~= "" and vim.fn.filereadable(vim.fs.joinpath(connie.root(0), first)) == 1
  return not (first == "stop" or first == "pytest" or is_option or is_file or vim.fn.filereadable(first) == 1)
end

--- Ends the watch, and the run with it. Returns whether there was one.
function M.stop()
  local watch = running
  running = nil
  if watch then
    vim.fn.jobstop(watch.job)
  end
  return watch ~= nil
end

local function open(command, cwd)
  local before = vim.api.nvim_get_current_win()
  vim.cmd("botright 12new")
  local buffer = vim.api.nvim_get_current_buf()
  vim.bo[buffer].bufhidden = "hide"
  local options = {
    cwd = cwd,
    on_exit = function(job)
      if running and running.job == job then
        running = nil
      end
    end,
  }
  local job
  if vim.fn.has("nvim-0.11") == 1 then
    options.term = true
    job = vim.fn.jobstart(command, options)
  else
    job = vim.fn.termopen(command, options)
  end
  -- The newest lines stay in view.
  vim.cmd("normal! G")
  vim.api.nvim_set_current_win(before)
  running = { job = job, buffer = buffer }
end

--- Watches the buffer's file, or runs `connie watch` with the given arguments; `stop` ends it.
---@param rest string
function M.run(rest)
  local words = vim.split(vim.trim(rest), "%s+", { trimempty = true })
  if #words == 1 and words[1] == "stop" then
    if not M.stop() then
      connie.say("Nothing is being watched.")
    end
    return
  end
  local program = connie.program()
  if not program then
    return
  end
  local buffer = vim.api.nvim_get_current_buf()
  if #words == 0 then
    if not connie.is_file(buffer) then
      return connie.say("This buffer has no file: `:write NAME.py` creates one.", vim.log.levels.WARN)
    end
    words = { "--", vim.api.nvim_buf_get_name(buffer) }
  end
  if not connie.save(buffer) then
    return
  end
  M.stop()
  open(vim.list_extend({ program, "watch" }, words), connie.root(buffer))
end

--- The buffer of the terminal; nil if nothing is watched.
---@return integer?
function M.buffer()
  return running and running.buffer
end

return M
