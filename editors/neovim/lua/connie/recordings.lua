--- The recordings of a project.
local connie = require("connie")
local M = {}

--- Runs `connie ARGUMENTS` in the project of the buffer. Returns its output, or nil after showing its error.
local function run(arguments, quiet)
  local program = connie.program()
  if not program then
    return
  end
  local done = vim.system({ program, unpack(arguments) }, { cwd = connie.root(), text = true }):wait()
  if done.code ~= 0 then
    if not quiet then
      connie.say(vim.trim(done.stderr), vim.log.levels.WARN)
    end
    return
  end
  return done.stdout
end

--- All recordings, the newest first.
---@param quiet? boolean show no message if there are none
---@return table[]
function M.all(quiet)
  local text = run({ "list", "--format", "json" }, quiet)
  local found = text and vim.json.decode(text) or {}
  table.sort(found, function(a, b)
    return a.id > b.id
  end)
  return found
end

local function line(one)
  return ("%s  %-10s %10d steps  %s"):format(
    one.started,
    one.result,
    one.steps,
    vim.fn.fnamemodify(one.program, ":~:.")
  )
end

--- Lets the user choose a recording.
---@param prompt string
---@param chosen fun(recording: table)
function M.pick(prompt, chosen)
  local all = M.all()
  if #all == 0 then
    return
  end
  vim.ui.select(all, { prompt = prompt, format_item = line, kind = "connie" }, function(one)
    if one then
      chosen(one)
    end
  end)
end

--- Deletes a recording.
---@param path string
function M.delete(path)
  run({ "delete", "--yes", "--", path })
end

return M
