--- The parts of nvim-dap that the plugin uses, over a real adapter, for machines without nvim-dap. Messages and calls of
--- listeners come in the order of nvim-dap, which `order.json` holds; `order.lua` compares it with either.
local transport = require("fake_transport")

local function lists()
  return setmetatable({}, {
    __index = function(all, name)
      rawset(all, name, {})
      return rawget(all, name)
    end,
  })
end

local M = {
  adapters = {},
  configurations = {},
  listeners = { before = lists(), after = lists(), on_session = {} },
}

local Session = {}
Session.__index = Session
local sessions, current, count = {}, nil, 0
local breakpoints = {}

local function tell(when, name, ...)
  for id, listener in pairs(M.listeners[when][name]) do
    if listener(...) then
      M.listeners[when][name][id] = nil
    end
  end
end

function Session:request(command, arguments, answered)
  local seq = self.transport.send({ type = "request", command = command, arguments = arguments })
  self.waiting[seq] = { answered or function() end, arguments }
end

function Session:close()
  self.closed = true
  sessions[self.id] = nil
  M.set_session(nil)
  self.transport.close()
end

local function show(self, frame)
  self.current_frame = frame
  if frame.source and frame.source.path then
    vim.cmd.edit(frame.source.path)
    vim.api.nvim_win_set_cursor(0, { frame.line, 0 })
  end
  self:request("scopes", { frameId = frame.id }, function(_, body)
    for _, scope in ipairs(body and body.scopes or {}) do
      if not scope.expensive then
        self:request("variables", { variablesReference = scope.variablesReference })
      end
    end
  end)
end

local events = {}

function events.initialized(self)
  local function done()
    self:request("configurationDone")
  end
  local left = {}
  for path, lines in pairs(breakpoints) do
    table.insert(left, { path, lines })
  end
  local function next_file()
    local one = table.remove(left)
    if not one then
      return self:request("setExceptionBreakpoints", { filters = { "uncaught" } }, done)
    end
    local source = { path = one[1], name = vim.fs.basename(one[1]) }
    self:request("setBreakpoints", { source = source, breakpoints = one[2], sourceModified = false }, next_file)
  end
  next_file()
end

local function stopped(self, body)
  -- A second thread that stops while the first is stopped continues.
  if self.stopped_thread_id and self.stopped_thread_id ~= body.threadId then
    return self:request("continue", { threadId = body.threadId })
  end
  self.stopped_thread_id = body.threadId
  self:request("stackTrace", { startFrame = 0, threadId = body.threadId }, function(problem, answer)
    if not problem and answer.stackFrames[1] then
      show(self, answer.stackFrames[1])
    end
  end)
end

function events.stopped(self, body)
  if self.threads[body.threadId] and not self.dirty then
    return stopped(self, body)
  end
  self:request("threads", nil, function(_, answer)
    self.threads, self.dirty = { [body.threadId] = { id = body.threadId } }, false
    for _, thread in ipairs(answer and answer.threads or {}) do
      self.threads[thread.id] = thread
    end
    stopped(self, body)
  end)
end

function events.continued(self)
  self.stopped_thread_id, self.current_frame = nil, nil
end

function events.thread(self, body)
  self.threads[body.threadId] = body.reason ~= "exited" and { id = body.threadId, name = "Unknown" } or nil
  self.dirty = self.dirty or body.reason ~= "exited"
end

-- Text is appended to the last line of the console.
function events.output(_, body)
  local buffer = vim.iter(vim.api.nvim_list_bufs()):find(function(one)
    return vim.bo[one].filetype == "dap-repl"
  end)
  if not buffer then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.bo[buffer].filetype = "dap-repl"
  end
  local last = vim.api.nvim_buf_line_count(buffer) - 1
  local width = #vim.api.nvim_buf_get_lines(buffer, last, last + 1, true)[1]
  vim.api.nvim_buf_set_text(buffer, last, width, last, width, vim.split(body.output, "\n"))
end

function events.terminated(self)
  self:close()
end

-- If no thread is selected, the stopped thread is.
M.listeners.after.event_stopped["dap.sessions"] = function(self)
  if not current or not current.stopped_thread_id then
    M.set_session(self)
  end
end

local function terminal(self, message)
  local given = message.arguments
  self.term_buf = vim.api.nvim_create_buf(false, true)
  local job
  vim.api.nvim_buf_call(self.term_buf, function()
    local open = vim.fn.has("nvim-0.11") == 1 and vim.fn.jobstart or vim.fn.termopen
    local env = next(given.env or {}) and given.env or vim.empty_dict()
    job = open(given.args, { cwd = given.cwd ~= "" and given.cwd or nil, env = env, term = true, width = 200 })
  end)
  local answer = { type = "response", request_seq = message.seq, command = message.command, success = job > 0 }
  answer.body = { processId = vim.fn.jobpid(job) }
  self.transport.send(answer)
end

local function heard(self, message)
  if message.type == "request" then
    return message.command == "runInTerminal" and terminal(self, message)
  end
  if message.type == "event" then
    local name = "event_" .. message.event
    tell("before", name, self, message.body)
    if events[message.event] then
      events[message.event](self, message.body)
    end
    return tell("after", name, self, message.body)
  end
  local answered, arguments = unpack(self.waiting[message.request_seq])
  self.waiting[message.request_seq] = nil
  local problem = not message.success and { message = message.message } or nil
  tell("before", message.command, self, problem, message.body, arguments)
  answered(problem, message.body)
  tell("after", message.command, self, problem, message.body, arguments)
end

local function expand(value)
  if type(value) ~= "string" then
    return value
  end
  local file = vim.api.nvim_buf_get_name(0)
  local known = { file = file, fileDirname = vim.fs.dirname(file), workspaceFolder = vim.uv.cwd() }
  return (value:gsub("${(%w+)}", known))
end

local function start(found, configuration)
  count = count + 1
  local self = setmetatable({ id = count, waiting = {}, threads = {}, config = configuration }, Session)
  sessions[self.id] = self
  M.set_session(self)
  self.transport = transport.start(found, function(message)
    heard(self, message)
  end, function()
    if not self.closed then
      self:close()
    end
  end)
  local client = {
    clientID = "neovim",
    clientName = "neovim",
    adapterID = "nvim-dap",
    pathFormat = "path",
    columnsStartAt1 = true,
    linesStartAt1 = true,
    supportsRunInTerminalRequest = true,
    supportsVariableType = true,
    supportsProgressReporting = true,
    supportsStartDebuggingRequest = true,
    locale = os.getenv("LANG") or "en_US",
  }
  self:request("initialize", client, function(_, capabilities)
    self.capabilities = capabilities
    self:request(configuration.request, configuration, function(problem)
      if problem then
        vim.notify(("Error on %s: %s"):format(configuration.request, problem.message))
        self:close()
      end
    end)
  end)
end

function M.run(configuration)
  configuration = vim.tbl_map(expand, configuration)
  if current and current.config.name == configuration.name then
    return current:request("restart", { arguments = configuration })
  end
  local adapter = M.adapters[configuration.type]
  if type(adapter) == "function" then
    return adapter(function(found)
      start(found, configuration)
    end, configuration)
  end
  start(adapter, configuration)
end

function M.session()
  return current
end

function M.sessions()
  return sessions
end

function M.set_session(session)
  current = session or select(2, next(sessions))
end

function M.terminate()
  local self = current
  if not self then
    return
  end
  if self.closed then
    sessions[self.id] = nil
    return M.set_session(nil)
  end
  self:request("terminate", vim.empty_dict(), function()
    if not self.closed then
      self:close()
    end
    vim.notify("Session terminated")
  end)
end

function M.toggle_breakpoint()
  local path = vim.api.nvim_buf_get_name(0)
  breakpoints[path] = breakpoints[path] or {}
  table.insert(breakpoints[path], { line = vim.api.nvim_win_get_cursor(0)[1] })
end

function M.set_breakpoint(_, _, log_message)
  M.toggle_breakpoint()
  local of_file = breakpoints[vim.api.nvim_buf_get_name(0)]
  of_file[#of_file].logMessage = log_message
end

local moves = {
  continue = "continue",
  reverse_continue = "reverseContinue",
  step_over = "next",
  step_back = "stepBack",
  step_into = "stepIn",
  step_out = "stepOut",
}
for name, command in pairs(moves) do
  M[name] = function()
    local thread = current.stopped_thread_id
    if not thread then
      return vim.notify("No stopped threads. Cannot move")
    end
    current.stopped_thread_id = nil
    current:request(command, { threadId = thread, granularity = "statement" })
  end
end

return M
