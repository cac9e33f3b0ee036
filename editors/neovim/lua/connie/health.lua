--- `:checkhealth connie`
local connie = require("connie")
local M = {}

local function version(program)
  local done = vim.system({ program, "--version" }, { text = true }):wait(5000)
  return done.code == 0 and vim.trim(done.stdout) or nil
end

function M.check()
  connie.ensure()
  local health = vim.health
  health.start("connie")
  if vim.fn.has("nvim-0.10") == 1 then
    health.ok("Neovim " .. tostring(vim.version()))
  else
    health.error("Neovim 0.10 or later is needed")
  end
  local program = connie.find()
  if not program then
    health.error(("the program %s was not found"):format(connie.options.cmd), connie.advice())
    return
  end
  local found = version(program)
  if found then
    health.ok(("%s at %s"):format(found, program))
  else
    health.error(program .. " does not run")
  end
  if require("connie.dap").dap() then
    health.ok("nvim-dap is installed")
  else
    health.warn("nvim-dap is not installed: values are shown, but there is no debugger", {
      "install mfussenegger/nvim-dap",
    })
  end
  local clients = vim.lsp.get_clients({ name = "connie" })
  if #clients > 0 then
    health.ok(("the language server serves %d project(s)"):format(#clients))
  else
    health.info("the language server starts with the first Python file")
  end
  health.info(("%d recordings in %s"):format(#require("connie.recordings").all(true), connie.root()))
end

return M
