--- What the plugin uses of nvim-dap, over a real adapter: for machines where nvim-dap cannot be had.
local M = { adapters = {}, configurations = {} }

local Session = {}
Session.__index = Session
local session
local breakpoints = {}

local function send(self, message)
  self.seq = self.seq + 1
  message.seq = self.seq
  local text = vim.json.encode(message)
  self.process:write(("Content-Length: %d\r\n\r\n%s"):format(#text, text))
  return self.seq
end

function Session:request(command, arguments, answered)
  local seq = send(self, { type = "request", command = command, arguments = arguments or vim.empty_dict() })
  self.waiting[seq] = answered or function() end
end

local function stopped(self, body)
  self.stopped_thread_id = body.threadId
  self:request("stackTrace", { threadId = body.threadId }, function(_, answer)
    self.current_frame = answer.stackFrames[1]
    self.stops = self.stops + 1
    if self.current_frame and self.current_frame.source then
      vim.cmd.edit(self.current_frame.source.path)
      vim.api.nvim_win_set_cursor(0, { self.current_frame.line, 0 })
    end
  end)
end

local function configure(self)
  for path, lines in pairs(breakpoints) do
    local wanted = vim.tbl_map(function(line)
      return { line = line }
    end, lines)
    self:request("setBreakpoints", { source = { path = path }, breakpoints = wanted })
  end
  self:request("configurationDone")
end

local function heard(self, message)
  if message.type == "response" then
    local answered = self.waiting[message.request_seq]
    self.waiting[message.request_seq] = nil
    if message.success then
      answered(nil, message.body)
    else
      answered({ message = message.message })
    end
  elseif message.event == "initialized" then
    configure(self)
  elseif message.event == "stopped" then
    stopped(self, message.body)
  end
end

local function reader(self)
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
        heard(self, vim.json.decode(body, { luanil = { object = true, array = true } }))
      end)
    end
  end
end

local function expand(value)
  return type(value) == "string" and value:gsub("${file}", vim.api.nvim_buf_get_name(0)):gsub("${workspaceFolder}", vim.uv.cwd())
    or value
end

function M.run(configuration)
  M.close()
  local adapter = M.adapters[configuration.type]
  local start = function(found)
    local self = setmetatable({ seq = 0, waiting = {}, stops = 0, config = configuration }, Session)
    self.process = vim.system({ found.command, unpack(found.args) }, { stdin = true, stdout = reader(self) })
    session = self
    self:request("initialize", { adapterID = "nvim-dap" }, function()
      self:request(configuration.request, vim.tbl_map(expand, configuration))
    end)
  end
  if type(adapter) == "function" then
    adapter(start)
  else
    start(adapter)
  end
end

function M.session()
  return session
end

function M.close()
  if session then
    session:request("disconnect")
    session.process:wait(5000)
    session = nil
  end
end

function M.toggle_breakpoint()
  local path = vim.api.nvim_buf_get_name(0)
  breakpoints[path] = breakpoints[path] or {}
  table.insert(breakpoints[path], vim.api.nvim_win_get_cursor(0)[1])
end

for name, command in pairs({ continue = "continue", reverse_continue = "reverseContinue", step_over = "next", step_back = "stepBack",
  step_into = "stepIn", step_out = "stepOut" }) do
  M[name] = function()
    session:request(command, { threadId = session.stopped_thread_id or 1 })
  end
end

return M
