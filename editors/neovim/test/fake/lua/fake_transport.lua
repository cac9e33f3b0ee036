--- Sends and receives messages of the protocol.
local M = {}

local function reader(heard)
  local kept = ""
  return function(_, text)
    kept = kept .. (text or "")
    while true do
      local _, head, length = kept:find("Content%-Length: (%d+)\r\n\r\n")
      if not head or #kept < head + length then
        return
      end
      local body = kept:sub(head + 1, head + length)
      kept = kept:sub(head + length + 1)
      vim.schedule(function()
        heard(vim.json.decode(body, { luanil = { object = true, array = true } }))
      end)
    end
  end
end

--- Starts an adapter.
---@param adapter table as nvim-dap has it
---@param heard fun(message: table)
---@param ended fun()
function M.start(adapter, heard, ended)
  local seq = 0
  local process = vim.system(
    { adapter.command, unpack(adapter.args) },
    { stdin = true, stdout = reader(heard) },
    vim.schedule_wrap(ended)
  )
  return {
    send = function(message)
      seq = seq + 1
      message.seq = seq
      local text = vim.json.encode(message)
      pcall(process.write, process, ("Content-Length: %d\r\n\r\n%s"):format(#text, text))
      return seq
    end,
    close = function()
      pcall(process.write, process, nil)
      process:kill("sigint")
    end,
  }
end

return M
