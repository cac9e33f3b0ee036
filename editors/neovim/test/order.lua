-- The order of messages, and of calls of listeners, in a session. `order.json` was recorded once from nvim-dap itself, with
-- CONNIE_WRITE_ORDER=1 and NVIM_DAP_DIR: the stand-in has the same, and nvim-dap still has it.
return function(h)
  local dap = require("dap")
  local fixture = h.here .. "/test/order.json"
  local EVENTS = { initialized = true, stopped = true, continued = true, exited = true, terminated = true }
  local COMMANDS =
    { "initialize", "launch", "stackTrace", "scopes", "next", "stepBack", "continue", "reverseContinue", "terminate" }

  --- Messages since the last time that they were taken: the client's requests and the adapter's events.
  local function reader(path)
    local taken = 0
    return function(take)
      local found, lines = {}, vim.fn.readfile(path)
      for n = taken + 1, #lines do
        local is_whole, one = pcall(vim.json.decode, lines[n])
        if not is_whole and not take then
          break
        end
        local message = one.message
        if message.type == "request" then
          local request = (one.from == "client" and "> " or "< ") .. message.command
          -- One request for each file with breakpoints.
          if request ~= "> setBreakpoints" or found[#found] ~= request then
            table.insert(found, request)
          end
        elseif message.type == "event" and EVENTS[message.event] then
          table.insert(found, "< " .. message.event)
        end
      end
      taken = take and #lines or taken
      return found
    end
  end

  --- Calls of listeners since the last time that they were taken.
  local function listeners()
    local found = {}
    local names = vim.list_extend({}, COMMANDS)
    for name in pairs(EVENTS) do
      table.insert(names, "event_" .. name)
    end
    for _, when in ipairs({ "before", "after" }) do
      for _, name in ipairs(names) do
        dap.listeners[when][name]["connie.order"] = function()
          table.insert(found, when .. " " .. name)
        end
      end
    end
    return function(take)
      local all = found
      found = take and {} or found
      return vim.list_extend({}, all)
    end, function()
      for _, when in ipairs({ "before", "after" }) do
        for _, name in ipairs(names) do
          dap.listeners[when][name]["connie.order"] = nil
        end
      end
    end
  end

  h.test("says what nvim-dap says, in its order", function()
    local log = vim.fn.tempname()
    vim.env.CONNIE_DAP_LOG = log
    h.python("order.py", {
      "import threading",
      "def helper():",
      "    a = 1",
      "    b = a + 1",
      "def run():",
      "    thread = threading.Thread(target=helper)",
      "    thread.start()",
      "    thread.join()",
      "run()",
      "c = 3",
      "d = 4",
    })
    for _, line in ipairs({ 4, 10 }) do
      vim.api.nvim_win_set_cursor(0, { line, 0 })
      dap.toggle_breakpoint()
    end
    local heard, forget = listeners()
    local said
    local got = {}
    local wanted = not vim.env.CONNIE_WRITE_ORDER and vim.json.decode(table.concat(vim.fn.readfile(fixture), "\n"))
    local function step(what, run, line)
      run()
      if line then
        h.stopped_at(line)
      else
        h.wait("the session has ended", function()
          return not dap.session() and vim.tbl_count(dap.sessions()) == 0
        end)
      end
      said = said or reader(log)
      local function calls(take)
        local called = heard(take)
        -- Answers of an earlier session may come late.
        while #got == 0 and #called > 0 and called[1] ~= "before initialize" do
          table.remove(called, 1)
        end
        return called
      end
      -- Scopes and variables come after the frame.
      local expected = wanted and wanted[#got + 1]
      if expected then
        h.wait("all messages and calls of: " .. what, function()
          return #said() >= #expected.messages and #calls() >= #expected.listeners
        end)
      else
        vim.wait(500)
      end
      table.insert(got, { what = what, messages = said(true), listeners = calls(true) })
    end
    local word = require("connie.dap").word
    step("record, stop in a thread", require("connie.dap").record, 4)
    step("go on to another thread", dap.continue, 10)
    step("step over", dap.step_over, 11)
    step("step back", dap.step_back, 10)
    step("go back to where a thread lives again", dap.reverse_continue, 4)
    step("step back there", dap.step_back, 3)
    step("say a word that moves", function()
      word("end")
    end, 11)
    step("go back", dap.reverse_continue, 10)
    step("end", dap.terminate)
    forget()
    vim.env.CONNIE_DAP_LOG = nil
    if vim.env.CONNIE_WRITE_ORDER then
      local lines = vim.tbl_map(function(one)
        local parts = vim.tbl_map(function(part)
          return ('"%s":%s'):format(part, vim.json.encode(one[part]))
        end, { "what", "messages", "listeners" })
        return "{" .. table.concat(parts, ",") .. "}"
      end, got)
      vim.fn.writefile(vim.split("[\n" .. table.concat(lines, ",\n") .. "\n]", "\n"), fixture)
    end
    for n, one in ipairs(wanted or got) do
      h.equal(got[n], one)
    end
    h.equal(#got, #(wanted or got))
  end)

  h.test("calls what nvim-dap-ui closes its windows at when the session ends, not before", function()
    -- Where the two plugins listen, recorded once from them; `close` is from the README of nvim-dap-ui.
    local ui = vim.json.decode(table.concat(vim.fn.readfile(h.here .. "/test/listeners.json"), "\n"))
    local called = {}
    local all = {}
    for _, places in pairs(ui) do
      for _, place in ipairs(places) do
        local when, name = place:match("^(%a+)%.([%w_]+)$")
        all[place] = { when, name }
        dap.listeners[when][name]["connie.ui"] = function()
          called[place] = true
        end
      end
    end
    h.python("ui.py", { "for i in range(3):", "    a = i", "b = a" })
    vim.api.nvim_win_set_cursor(0, { 2, 0 })
    dap.toggle_breakpoint()
    require("connie.dap").record()
    h.stopped_at(2)
    dap.continue()
    require("connie.dap").word("end")
    h.stopped_at(3)
    dap.step_back()
    vim.wait(200)
    for _, place in ipairs(ui["before the end"]) do
      assert(called[place], place .. " was not called")
      called[place] = nil
    end
    for _, place in ipairs(ui.close) do
      assert(not called[place], place .. " was called in mid-session")
    end
    h.close()
    h.wait("the windows are closed", function()
      return called["before.event_terminated"] and called["before.event_exited"]
    end)
    for _, place in pairs(all) do
      dap.listeners[place[1]][place[2]]["connie.ui"] = nil
    end
  end)
end
