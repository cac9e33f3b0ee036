-- Neovim, as it comes: opens a file with the server, and writes the hints it shows to a file as they change.
-- nvim --clean --headless -l hints.lua CONNIE FILE OUT
local connie, file, out = unpack(arg, 1, 3)
vim.cmd.edit(file)
vim.lsp.start({ name = "connie", cmd = { connie, "lsp" }, root_dir = vim.fs.dirname(file) })
vim.wait(5000, function()
  return #vim.lsp.get_clients({ bufnr = 0 }) > 0 and vim.lsp.get_clients({ bufnr = 0 })[1].initialized
end, 10)
vim.lsp.inlay_hint.enable(true)

local last
local stop = out .. ".stop"
vim.wait(60000, function()
  local found = {}
  for _, hint in ipairs(vim.lsp.inlay_hint.get({ bufnr = 0 })) do
    table.insert(found, { hint.inlay_hint.position.line + 1, hint.inlay_hint.label })
  end
  local text = vim.json.encode(found)
  if text ~= last then
    last = text
    vim.fn.writefile({ text }, out .. ".new")
    vim.uv.fs_rename(out .. ".new", out)
  end
  return vim.uv.fs_stat(stop) ~= nil
end, 10)
for _, client in ipairs(vim.lsp.get_clients()) do
  client:stop(true)
end
os.exit(0)
