--- The debugger, through nvim-dap.
local connie = require("connie")
local M = {}

--- nvim-dap; nil if it is not installed.
function M.dap()
  local found, dap = pcall(require, "dap")
  return found and dap or nil
end

--- Writes the buffer of the program that a configuration records. Returns whether that succeeded.
local function save(configuration)
  local program = configuration and configuration.request == "launch" and configuration.program
  if type(program) ~= "string" then
    return true
  end
  local path = vim.fs.normalize(vim.fn.fnamemodify(program, ":p"))
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.fs.normalize(vim.api.nvim_buf_get_name(buffer)) == path then
      return connie.save(buffer)
    end
  end
  return true
end

--- nvim-dap's session ends with the program. The recording stays.
local function stopped(session, problem)
  local ours = session.config.type == "connie" and session.config.request == "launch"
  if ours and not problem and not session.stopped_thread_id then
    connie.say("The program was stopped. `:Connie` opens its recording.")
  end
end

--- nvim-dap keeps the stacks of threads that did not stop, but at another step they are different.
local function forget_stacks(session)
  if session.config.type == "connie" then
    for _, thread in pairs(session.threads) do
      thread.frames = nil
    end
  end
end

--- Registers the adapter, and configurations for Python.
function M.register()
  local dap = M.dap()
  if not dap or dap.adapters.connie then
    return
  end
  dap.adapters.connie = function(callback, configuration)
    local program = connie.program()
    if program and save(configuration) then
      callback({ type = "executable", command = program, args = { "dap" } })
    end
  end
  dap.listeners.before.terminate["connie"] = stopped
  dap.listeners.before.event_stopped["connie"] = forget_stacks
  require("connie.logged").enable(dap)
  dap.configurations.python = dap.configurations.python or {}
  vim.list_extend(dap.configurations.python, {
    M.launch("${file}", "connie: record this file"),
    { type = "connie", request = "attach", name = "connie: open the latest recording", recording = "latest" },
  })
end

--- A configuration that records a file.
function M.launch(file, name)
  return {
    type = "connie",
    request = "launch",
    name = name or "connie",
    program = file,
    cwd = "${workspaceFolder}",
    console = "integratedTerminal",
  }
end

local function running()
  local dap = M.dap()
  if not dap then
    return connie.say("Travelling needs nvim-dap: install mfussenegger/nvim-dap.", vim.log.levels.WARN)
  end
  local session = dap.session()
  if not session or session.config.type ~= "connie" then
    return connie.say("No recording is open: `:Connie record` makes one, `:Connie` opens one.", vim.log.levels.WARN)
  end
  return session
end

--- Sends a request of ours to the session.
---@param command string
---@param arguments table
---@param answered? fun(body: table?)
function M.request(command, arguments, answered)
  local session = running()
  if not session then
    return
  end
  session:request(command, arguments, function(problem, body)
    if problem then
      connie.say(problem.message or tostring(problem), vim.log.levels.WARN)
    elseif answered then
      answered(body)
    end
  end)
end

local function thread(session)
  return { threadId = session and session.stopped_thread_id or 1 }
end

function M.back_into()
  local session = running()
  if session then
    M.request("connie/stepBackInto", thread(session))
  end
end

function M.back_out()
  local session = running()
  if session then
    M.request("connie/stepBackOut", thread(session))
  end
end

--- Sends a word to the debugger, as its console does: "why x", "seek 12".
---@param text string
---@param answered? fun(text: string)
function M.word(text, answered)
  local session = running()
  if not session then
    return
  end
  local frame = session.current_frame and session.current_frame.id
  M.request("evaluate", { expression = ":" .. text, context = "repl", frameId = frame }, function(body)
    local said = vim.trim(body and body.result or "")
    if answered then
      answered(said)
    elseif said ~= "" then
      connie.say(said)
    end
  end)
end

--- Writes the current buffer and records its file; no configuration is needed.
function M.record()
  local dap = M.dap()
  if not dap then
    return running()
  end
  M.register()
  if not connie.is_file() then
    local what = "This buffer has no file: `:write NAME.py` creates one, then you can record it."
    return connie.say(what, vim.log.levels.WARN)
  end
  if not connie.save() then
    return
  end
  local file = vim.api.nvim_buf_get_name(0)
  -- nvim-dap treats configurations with the same name as the same program, and restarts the running session.
  local configuration = M.launch(file, "connie: record " .. vim.fn.fnamemodify(file, ":~:."))
  configuration.cwd = connie.root()
  dap.run(configuration)
end

--- Opens a recording in the debugger.
---@param path string
function M.open(path)
  local dap = M.dap()
  if not dap then
    return running()
  end
  M.register()
  dap.run({ type = "connie", request = "attach", name = vim.fs.basename(path), recording = path })
end

return M
