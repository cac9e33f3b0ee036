-- A configuration of debugpy with the type changed: nvim-dap's terminal, in which input() works.
return function(h)
  local dap = require("dap")

  h.test("runs a program in the terminal where the configuration has no console", function()
    h.python("asks.py", {
      "import os",
      "name = input('name? ')",
      "found = [os.environ.get('GIVEN'), os.environ.get('GONE')]",
      "print('hello', name)",
    })
    vim.api.nvim_win_set_cursor(0, { 4, 0 })
    dap.toggle_breakpoint()
    vim.env.GONE = "not yet"
    local asks = vim.api.nvim_buf_get_name(0)
    local env = { GIVEN = "a 'secret'", GONE = vim.NIL }
    dap.run({ type = "connie", request = "launch", name = "asks", program = asks, cwd = h.folder, env = env })
    local function printed(pattern)
      local session = dap.session()
      local buffer = session and session.term_buf
      return buffer and table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n"):match(pattern) and buffer
    end
    local buffer = h.wait("it asks", function()
      return printed("name%?")
    end)
    -- The terminal is named by its command line.
    assert(not vim.api.nvim_buf_get_name(buffer):find("secret"), vim.api.nvim_buf_get_name(buffer))
    vim.api.nvim_chan_send(vim.bo[buffer].channel, "Ann\n")
    h.stopped_at(4)
    vim.env.GONE = nil
    local session, values = dap.session(), {}
    for _, expression in ipairs({ "name", "found" }) do
      local arguments = { expression = expression, frameId = session.current_frame.id, context = "watch" }
      session:request("evaluate", arguments, function(_, body)
        values[expression] = body and body.result
      end)
    end
    h.wait("the values", function()
      return values.name and values.found
    end)
    h.equal(values, { name = "'Ann'", found = [=[["a 'secret'", None]]=] })
    h.wait("it says hello", function()
      return printed("hello Ann")
    end)
    h.close()
  end)
end
