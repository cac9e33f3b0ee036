--- Values beside the code: the language server.
local connie = require("connie")
local M = {}

local function configuration(program)
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  -- The commands of this client, in addition to the server's.
  capabilities.experimental = { commands = { commands = { "connie.copyValue", "connie.debugTest" } } }
  -- Neovim 0.11 draws lenses, but does not announce that it can refresh them. This plugin can.
  capabilities.workspace.codeLens = { refreshSupport = true }
  return {
    name = "connie",
    cmd = { program, "lsp" },
    capabilities = capabilities,
    handlers = require("connie.beside").handlers,
    settings = { connie = connie.options.settings },
    init_options = connie.options.settings,
  }
end

local function start(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  if vim.bo[buffer].buftype ~= "" or name == "" or name:match("^%a+://") then
    return
  end
  local program = connie.program()
  if program then
    local wanted = configuration(program)
    wanted.root_dir = connie.root(buffer)
    vim.lsp.start(wanted, { bufnr = buffer })
  end
end

local function attached(event)
  local client = vim.lsp.get_client_by_id(event.data.client_id)
  if not client or client.name ~= "connie" then
    return
  end
  require("connie.beside").show(client, event.buf, connie.options)
end

--- The server of a buffer's project.
---@param buffer? integer
---@return vim.lsp.Client?
function M.client(buffer)
  return vim.lsp.get_clients({ name = "connie", bufnr = buffer })[1] or vim.lsp.get_clients({ name = "connie" })[1]
end

--- Sends one of the server's commands.
---@param name string without `connie.`
---@param arguments any[]
---@param answered? fun(result: any)
function M.ask(name, arguments, answered)
  local client = M.client(0)
  if not client then
    return connie.say("connie's language server is not running here: open a Python file first.", vim.log.levels.WARN)
  end
  local params = { command = "connie." .. name, arguments = arguments }
  -- Clients have functions in Neovim 0.10, and methods in 0.11.
  local request = vim.fn.has("nvim-0.11") == 1 and function(...)
    return client:request(...)
  end or client.request
  request("workspace/executeCommand", params, function(problem, result)
    if problem then
      connie.say(problem.message, vim.log.levels.WARN)
    elseif answered then
      answered(result)
    end
  end)
end

--- Starts the server for Python buffers, including those that are open.
function M.enable()
  vim.lsp.commands["connie.copyValue"] = function(command)
    vim.fn.setreg('"', command.arguments[1])
    pcall(vim.fn.setreg, "+", command.arguments[1])
  end
  vim.lsp.commands["connie.debugTest"] = function(command)
    require("connie.tests").record(command.arguments[2])
  end
  local group = vim.api.nvim_create_augroup("connie.lsp", {})
  vim.api.nvim_create_autocmd("LspAttach", { group = group, callback = attached })
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    pattern = "python",
    callback = function(event)
      start(event.buf)
    end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype == "python" then
      start(buffer)
    end
  end
end

return M
