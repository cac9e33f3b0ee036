--- The test at the cursor: recorded by `connie pytest`, opened in the test's own frame: where it failed, else at its first line.
local connie = require("connie")
local M = {}

local function open(node, known, out)
  local made = vim.tbl_filter(function(one)
    return not known[one.path]
  end, require("connie.recordings").all(true))
  if #made == 0 then
    return connie.say(("connie pytest %s recorded no test:\n%s"):format(node, vim.trim(out)), vim.log.levels.WARN)
  end
  -- Of several recordings, the first that failed.
  local chosen = made[#made]
  for _, one in ipairs(made) do
    if one.result ~= "ok" then
      chosen = one
    end
  end
  if require("connie.dap").dap() then
    return require("connie.dap").open(chosen.path)
  end
  -- Without a debugger, its values are shown beside the code.
  connie.say(("%s: %s"):format(chosen.program, chosen.result))
  require("connie.lsp").ask("selectRecording", { vim.uri_from_bufnr(0), chosen.path })
end

--- Records the test at a line of the buffer (the cursor's), with all its cases, and opens it.
---@param line? integer
function M.record(line)
  local program = connie.program()
  if not program then
    return
  end
  local buffer = vim.api.nvim_get_current_buf()
  line = line or vim.api.nvim_win_get_cursor(0)[1]
  if not connie.is_file(buffer) then
    return connie.say("This buffer has no file: `:write test_NAME.py` creates one.", vim.log.levels.WARN)
  end
  if not connie.save(buffer) then
    return
  end
  require("connie.lsp").ask("testAt", { vim.uri_from_bufnr(buffer), line }, function(node)
    local known = {}
    for _, one in ipairs(require("connie.recordings").all(true)) do
      known[one.path] = true
    end
    local command = { program, "pytest", "--connie", "all", "--", node }
    vim.system(command, { cwd = connie.root(buffer), text = true }, function(done)
      vim.schedule(function()
        open(node, known, done.stdout .. done.stderr)
      end)
    end)
  end)
end

return M
