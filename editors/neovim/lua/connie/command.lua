--- `:Connie` and its words.
local connie = require("connie")
local M = {}

--- Shows several lines in a window of their own.
local function show(title, text)
  local lines = vim.split(text, "\n", { trimempty = true })
  if #lines <= 1 then
    return connie.say(text)
  end
  vim.lsp.util.open_floating_preview(lines, "text", { border = "rounded", title = title, focus_id = "connie" })
end

local function word(name)
  return function(rest)
    require("connie.dap").word(vim.trim(name .. " " .. rest), function(text)
      if text ~= "" then
        show(name, text)
      end
    end)
  end
end

--- A word with an expression: the given one, else the one at the cursor. Options may come before it.
local function about(name)
  return function(rest)
    local trimmed = vim.trim(rest)
    local is_option = trimmed == "--every" or trimmed:match("^%-%-before%s+%S+$")
    if trimmed == "" or is_option then
      local at_cursor = vim.fn.expand("<cexpr>")
      rest = trimmed .. " " .. (at_cursor ~= "" and at_cursor or vim.fn.expand("<cword>"))
    end
    word(name)(vim.trim(rest))
  end
end

local subcommands = {
  open = function()
    require("connie.recordings").pick("Open which recording?", function(one)
      require("connie.dap").open(one.path)
    end)
  end,
  select = function()
    require("connie.recordings").pick("Show values of which recording?", function(one)
      require("connie.lsp").ask("selectRecording", { vim.uri_from_bufnr(0), one.path })
    end)
  end,
  newest = function()
    require("connie.lsp").ask("selectRecording", { vim.uri_from_bufnr(0), vim.NIL })
  end,
  view = function()
    require("connie.lsp").ask("openInViewer", { vim.uri_from_bufnr(0), vim.NIL })
  end,
  goback = function()
    require("connie.lsp").ask("goBack", { vim.uri_from_bufnr(0) })
  end,
  delete = function()
    require("connie.recordings").pick("Delete which recording?", function(one)
      require("connie.recordings").delete(one.path)
    end)
  end,
  record = function()
    require("connie.dap").record()
  end,
  test = function()
    require("connie.tests").record()
  end,
}
-- The debugger's own words; `:Connie help` lists them all.
for _, one in ipairs(require("connie.words")) do
  local name, after = unpack(one)
  subcommands[name] = after:find("EXPR") and about(name) or word(name)
end

-- The debugger has a word of the same name.
local watch_word = subcommands.watch
subcommands.watch = function(rest)
  if watch_word and require("connie.watch").is_expression(rest) then
    return watch_word(rest)
  end
  require("connie.watch").run(rest)
end

function M.run(command)
  connie.ensure()
  connie.asked()
  local name, rest = command.args:match("^(%S*)%s*(.*)$")
  local subcommand = subcommands[name == "" and "open" or name]
  if not subcommand then
    return connie.say((":Connie has no word %s; :help connie lists them"):format(name), vim.log.levels.WARN)
  end
  subcommand(rest)
end

function M.complete(lead, line)
  if not line:match("^%S+%s+%S*$") then
    return {}
  end
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, lead)
  end, vim.tbl_keys(subcommands))
  table.sort(names)
  return names
end

return M
