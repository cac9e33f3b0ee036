--- connie: a time-travel debugger for Python. `:help connie`
local M = {}

-- options: cargo xtask codegen
---@class connie.Options
---@field cmd? string the program; a name is searched on the PATH
---@field lsp? boolean values beside the code
---@field hints? boolean show them as inlay hints
---@field lenses? boolean show lenses above functions and loops
---@field dap? boolean register with nvim-dap
---@field mappings? boolean|table<string, string|false> keys in Python buffers; a table sets other keys, and false disables one
---@field settings? table settings of the language server
-- end of options
local defaults = {}
for _, option in ipairs(require("connie.facts").options) do
  defaults[option[1]] = option[3]
end

local MARKERS = { ".git", "pyproject.toml", "setup.py", ".connie" }

M.options = nil

--- Sets up the plugin. If it is not called, the first Python file sets it up with the defaults.
---@param options? connie.Options
function M.setup(options)
  M.options = vim.tbl_deep_extend("force", defaults, options or {})
  if M.options.dap then
    require("connie.dap").register()
  end
  if M.options.lsp then
    require("connie.lsp").enable()
  end
  require("connie.mappings").enable()
end

--- Sets up the plugin with the defaults, unless setup was called.
function M.ensure()
  if not M.options then
    M.setup()
  end
end

--- The path of the program; nil if there is none. A relative folder on the PATH would be a folder of the project.
---@return string?
function M.find()
  M.ensure()
  local cmd = vim.fn.expand(M.options.cmd)
  if cmd:find("/") then
    return vim.fn.executable(cmd) == 1 and vim.fn.exepath(cmd) or nil
  end
  for folder in vim.gsplit(vim.env.PATH or "", ":", { plain = true }) do
    local path = folder .. "/" .. cmd
    if folder:sub(1, 1) == "/" and vim.fn.executable(path) == 1 then
      return vim.fn.exepath(path)
    end
  end
end

local said = false

--- The program's path. If there is none, says once how to get it.
---@return string?
function M.program()
  local found = M.find()
  if found then
    return found
  end
  if not said then
    said = true
    local text = ("The program %s was not found.\n%s"):format(M.options.cmd, table.concat(M.advice(), "\n"))
    -- An error reported while a file is opened would be shown as an error of an autocommand.
    vim.schedule(function()
      M.say(text, vim.log.levels.ERROR)
    end)
  end
end

--- Called when the user asks for something: a missing program is reported again.
function M.asked()
  said = false
end

--- How to get the program.
---@return string[]
function M.advice()
  local here = vim.fs.normalize(vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p"))
  -- This file is editors/neovim/lua/connie/init.lua of the repository.
  local repository = vim.fn.fnamemodify(here, ":h:h:h:h:h")
  local cli = vim.uv.fs_stat(repository .. "/cli/Cargo.toml") and repository .. "/cli" or "cli"
  local where = cli == "cli" and ", in a checkout of connie's repository" or ""
  return {
    ("Build it with `cargo install --path %s`%s (it needs Rust and a C compiler; "):format(cli, where)
      .. "~/.cargo/bin has to be on the PATH),",
    "or name it: require('connie').setup({ cmd = '/path/to/connie' })",
  }
end

--- Shows a message.
---@param text string
---@param level? integer
function M.say(text, level)
  vim.notify(text, level or vim.log.levels.INFO, { title = "connie" })
end

--- Whether a buffer belongs to a file, whether or not the file exists.
---@param buffer? integer
---@return boolean
function M.is_file(buffer)
  buffer = buffer or 0
  local name = vim.api.nvim_buf_get_name(buffer)
  return name ~= "" and vim.bo[buffer].buftype == "" and not name:match("^%a[%w+.-]+://")
end

--- Writes a buffer if it is modified. Returns whether the file now equals the buffer.
---@param buffer? integer
---@return boolean
function M.save(buffer)
  buffer = buffer or vim.api.nvim_get_current_buf()
  if not M.is_file(buffer) or not vim.bo[buffer].modified then
    return true
  end
  local good, why = pcall(vim.api.nvim_buf_call, buffer, function()
    vim.cmd("silent update")
  end)
  if not good then
    M.say("The buffer could not be written: " .. tostring(why):gsub("^.-(E%d+)", "%1"), vim.log.levels.ERROR)
  end
  return good
end

--- The root of a buffer's project, as `connie run` finds it; a folder that exists.
---@param buffer? integer
---@return string
function M.root(buffer)
  if not M.is_file(buffer) then
    return vim.fs.root(vim.uv.cwd(), MARKERS) or vim.uv.cwd()
  end
  local folder = vim.fs.dirname(vim.api.nvim_buf_get_name(buffer or 0))
  -- A new file may be in a folder that does not exist yet.
  while vim.fn.isdirectory(folder) == 0 and vim.fs.dirname(folder) ~= folder do
    folder = vim.fs.dirname(folder)
  end
  return vim.fs.root(folder, MARKERS) or folder
end

return M
