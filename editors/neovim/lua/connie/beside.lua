--- Hints and lenses that follow the debugger: they show the moment that the server shows.
local M = {}

local HINTS, LENSES = "textDocument/inlayHint", "textDocument/codeLens"

--- Buffers that no window showed when the server had new hints or lenses.
local stale = {}
--- Rounds of requests by client: `busy` while one is in progress, `again` if another must follow.
local rounds = {}
--- The newest request for lenses of a buffer.
local newest = {}

-- Clients have functions in Neovim 0.10, and methods in 0.11.
local function request(client, method, params, answered, buffer)
  if vim.fn.has("nvim-0.11") == 1 then
    return client:request(method, params, answered, buffer)
  end
  return client.request(method, params, answered, buffer)
end

--- Neovim 0.12 draws and refreshes lenses itself.
local function draws_lenses_itself()
  return vim.lsp.codelens.enable ~= nil
end

--- Draws the lenses of a buffer once all of them are resolved, so that none flickers.
---@param client vim.lsp.Client
---@param buffer integer
function M.lenses(client, buffer)
  if draws_lenses_itself() or not vim.api.nvim_buf_is_loaded(buffer) then
    return
  end
  local this = {}
  newest[buffer] = this
  local function draw(lenses)
    if newest[buffer] == this and vim.api.nvim_buf_is_loaded(buffer) then
      vim.lsp.codelens.save(lenses, buffer, client.id)
      vim.lsp.codelens.display(lenses, buffer, client.id)
    end
  end
  local params = { textDocument = vim.lsp.util.make_text_document_params(buffer) }
  request(client, LENSES, params, function(problem, lenses)
    if problem or newest[buffer] ~= this then
      return
    end
    lenses = lenses or {}
    local unresolved = vim.tbl_filter(function(lens)
      return not lens.command
    end, lenses)
    local left = #unresolved
    if left == 0 then
      return draw(lenses)
    end
    for _, lens in ipairs(unresolved) do
      request(client, "codeLens/resolve", lens, function(_, resolved)
        lens.command = resolved and resolved.command
        left = left - 1
        if left == 0 then
          draw(lenses)
        end
      end, buffer)
    end
  end, buffer)
end

local function shown(buffer)
  return #vim.fn.win_findbuf(buffer) > 0
end

--- The buffers of a client that are shown in windows. Other buffers are refreshed when a window shows them.
local function visible(client)
  local found = {}
  for buffer in pairs(client.attached_buffers) do
    if vim.api.nvim_buf_is_loaded(buffer) then
      local seen = shown(buffer)
      stale[buffer] = not seen or nil
      if seen then
        table.insert(found, buffer)
      end
    end
  end
  return found
end

local function whole(buffer)
  return {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    range = {
      start = { line = 0, character = 0 },
      ["end"] = { line = vim.api.nvim_buf_line_count(buffer), character = 0 },
    },
  }
end

--- Requests the hints of buffers and draws them. Neovim 0.11 marks lines as drawn at any redraw between the request and
--- its answer, and does not draw the answer then: so lines are marked as new after the answer.
local function hints(client, buffers)
  local round = rounds[client.id]
  if round and round.busy then
    round.again = true
    return
  end
  buffers = vim.tbl_filter(function(buffer)
    return vim.api.nvim_buf_is_loaded(buffer) and vim.lsp.inlay_hint.is_enabled({ bufnr = buffer })
  end, buffers)
  if #buffers == 0 then
    return
  end
  round = { busy = true, left = #buffers }
  rounds[client.id] = round
  local function answered(problem, result, context)
    if not problem then
      vim.lsp.handlers[HINTS](nil, result, context)
    end
    round.left = round.left - 1
    if round.left > 0 then
      return
    end
    round.busy = false
    vim.lsp.handlers["workspace/inlayHint/refresh"](nil, nil, { client_id = client.id })
    if round.again then
      hints(client, visible(client))
    end
  end
  for _, buffer in ipairs(buffers) do
    if not request(client, HINTS, whole(buffer), answered, buffer) then
      round.left = round.left - 1
    end
  end
  round.busy = round.left > 0
end

--- Hints and lenses of a buffer that was hidden while they changed.
---@param client vim.lsp.Client
---@param buffer integer
function M.entered(client, buffer)
  if stale[buffer] then
    stale[buffer] = nil
    hints(client, { buffer })
    M.lenses(client, buffer)
  end
end

local function refresh_hints(_, _, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  if client then
    hints(client, visible(client))
  end
  return vim.NIL
end

local function refresh_lenses(problem, result, context)
  local own = vim.lsp.handlers["workspace/codeLens/refresh"]
  if draws_lenses_itself() and own then
    return own(problem, result, context)
  end
  local client = vim.lsp.get_client_by_id(context.client_id)
  if client and require("connie").options.lenses then
    for _, buffer in ipairs(visible(client)) do
      M.lenses(client, buffer)
    end
  end
  return vim.NIL
end

--- Requests that the server sends when it has new hints or lenses.
M.handlers = {
  ["workspace/inlayHint/refresh"] = refresh_hints,
  ["workspace/codeLens/refresh"] = refresh_lenses,
}

--- Shows hints and lenses in a buffer from now on.
---@param client vim.lsp.Client
---@param buffer integer
---@param options connie.Options
function M.show(client, buffer, options)
  local group = vim.api.nvim_create_augroup("connie.beside." .. buffer, {})
  local on = function(events, run)
    vim.api.nvim_create_autocmd(events, { group = group, buffer = buffer, callback = run })
  end
  if options.hints then
    vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  end
  if options.lenses and draws_lenses_itself() then
    vim.lsp.codelens.enable(true, { bufnr = buffer })
  elseif options.lenses then
    M.lenses(client, buffer)
    on({ "BufEnter", "InsertLeave", "BufWritePost" }, function()
      M.lenses(client, buffer)
    end)
  end
  on("BufWinEnter", function()
    M.entered(client, buffer)
  end)
end

return M
