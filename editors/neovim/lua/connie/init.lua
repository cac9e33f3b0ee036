--- connie: a time-travel debugger for Python. `:help connie`
local M = {}

---@class connie.Options
---@field cmd? string the program; else `connie` on the PATH
---@field lsp? boolean values beside the code
---@field hints? boolean show them as inlay hints
---@field lenses? boolean show lenses above functions and loops
---@field dap? boolean register with nvim-dap
---@field mappings? boolean|table<string, string|false> keys in Python buffers, by what they do
---@field settings? table settings of the language server
local defaults = {
  cmd = "connie",
  lsp = true,
  hints = true,
  lenses = true,
  dap = true,
  mappings = true,
  settings = {},
}

M.options = nil

--- Sets everything up. Without it, the defaults hold from the first Python file on.
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

--- Sets up with the defaults, where nobody did.
function M.ensure()
  if not M.options then
    M.setup()
  end
end

--- Where the program is; nil where there is none. A relative folder on the PATH would be one of the project.
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

--- The program's path; says once what to do where there is none.
---@return string?
function M.program()
  local found = M.find()
  if found then
    return found
  end
  if not said then
    said = true
    M.say(
      ("The program %s was not found: install it with `cargo install connie`, "):format(M.options.cmd)
        .. "or name it: require('connie').setup{ cmd = '/path/to/connie' }",
      vim.log.levels.ERROR
    )
  end
end

--- Tells people something.
---@param text string
---@param level? integer
function M.say(text, level)
  vim.notify(text, level or vim.log.levels.INFO, { title = "connie" })
end

--- The root of a buffer's project, as `connie run` finds it.
---@param buffer? integer
---@return string
function M.root(buffer)
  local name = vim.api.nvim_buf_get_name(buffer or 0)
  local markers = { ".git", "pyproject.toml", "setup.py", ".connie" }
  return vim.fs.root(buffer or 0, markers) or (name ~= "" and vim.fs.dirname(name)) or vim.uv.cwd()
end

return M
