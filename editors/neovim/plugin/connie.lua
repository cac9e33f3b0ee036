-- Needs no configuration: the first Python file sets up the plugin, unless setup{} was called before.
if vim.g.loaded_connie then
  return
end
vim.g.loaded_connie = true

vim.api.nvim_create_user_command("Connie", function(command)
  require("connie.command").run(command)
end, {
  nargs = "*",
  desc = "Time-travel debugging: recordings, and words of the debugger",
  complete = function(...)
    return require("connie.command").complete(...)
  end,
})

vim.api.nvim_create_autocmd("FileType", {
  group = vim.api.nvim_create_augroup("connie.start", {}),
  pattern = "python",
  callback = function()
    require("connie").ensure()
  end,
})
