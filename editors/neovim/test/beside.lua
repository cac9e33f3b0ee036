-- Tests which hints and lenses are drawn, which `vim.lsp.inlay_hint.get` does not report.
return function(h)
  local dap = require("dap")

  local function text(label)
    if type(label) == "string" then
      return label
    end
    return table.concat(vim.tbl_map(function(part)
      return part.value
    end, label))
  end

  --- The hints of the server and the drawn hints, by line.
  local function hints(buffer)
    local said, drawn = {}, {}
    for _, one in ipairs(vim.lsp.inlay_hint.get({ bufnr = buffer })) do
      local line = one.inlay_hint.position.line + 1
      said[line] = (said[line] or "") .. text(one.inlay_hint.label) .. "|"
    end
    local namespace = vim.api.nvim_get_namespaces()["nvim.lsp.inlayhint"]
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buffer, namespace, 0, -1, { details = true })) do
      for _, chunk in ipairs(mark[4].virt_text) do
        if chunk[2] then
          drawn[mark[2] + 1] = (drawn[mark[2] + 1] or "") .. chunk[1] .. "|"
        end
      end
    end
    return said, drawn
  end

  --- The lenses that are drawn at a line.
  local function lenses(buffer, line)
    local found = ""
    for name, namespace in pairs(vim.api.nvim_get_namespaces()) do
      if name:match("codelens") then
        local marks = vim.api.nvim_buf_get_extmarks(
          buffer,
          namespace,
          { line - 1, 0 },
          { line - 1, -1 },
          { details = true }
        )
        for _, mark in ipairs(marks) do
          for _, chunk in ipairs(mark[4].virt_text or {}) do
            found = found .. chunk[1]
          end
        end
      end
    end
    return found
  end

  local function drawn(buffer, line, wanted)
    h.wait(("line %d draws %s"):format(line, wanted), function()
      vim.cmd("redraw!")
      local said, shown = hints(buffer)
      return shown[line] == wanted and vim.deep_equal(said, shown)
    end)
    -- Check that it stays so.
    vim.wait(100)
    vim.cmd("redraw!")
    local said, shown = hints(buffer)
    h.equal(shown, said)
  end

  --- Simulates a terminal that redraws while answers are pending.
  local function draw_meanwhile(run)
    local id = vim.api.nvim_create_autocmd("LspRequest", {
      callback = function(event)
        if event.data.request.method == "textDocument/inlayHint" and event.data.request.type == "pending" then
          vim.cmd("redraw!")
        end
      end,
    })
    run()
    vim.api.nvim_del_autocmd(id)
  end

  h.test("draws the hints of this stop, not of the one before", function()
    local buffer = h.python("drawn.py", { "for i in range(5):", "    a = i * 10", "    b = a + 1", "print(b)" })
    vim.api.nvim_win_set_cursor(0, { 3, 0 })
    dap.toggle_breakpoint()
    draw_meanwhile(function()
      require("connie.dap").record()
      for stop = 0, 3 do
        h.wait("stop " .. stop, function()
          vim.cmd("redraw!")
          local said = hints(buffer)
          return dap.session() and (said[2] or ""):match("a = " .. stop * 10 .. "|")
        end)
        local said = hints(buffer)
        drawn(buffer, 2, said[2])
        dap.continue()
      end
    end)
    h.close()
  end)

  h.test("draws the hints of a file that was hidden meanwhile", function()
    vim.fn.writefile({ "def double(n):", "    m = n * 2", "    return m" }, h.folder .. "/hidden_part.py")
    local lines = { "import hidden_part", "for i in range(3):", "    a = hidden_part.double(i)", "    b = a" }
    local buffer = h.python("hidden.py", lines)
    vim.api.nvim_win_set_cursor(0, { 4, 0 })
    dap.toggle_breakpoint()
    require("connie.dap").record()
    h.stopped_at(4)
    h.wait("line 3 has a value", function()
      return (hints(buffer)[3] or ""):match("^a = 0")
    end)
    drawn(buffer, 3, hints(buffer)[3])
    vim.o.hidden = true
    vim.cmd.edit(h.folder .. "/hidden_part.py")
    require("connie.dap").word("seek 1")
    -- The session shows its line in a window; another file is shown instead.
    h.stopped_at(1)
    vim.cmd.edit(h.folder .. "/hidden_part.py")
    require("connie.dap").word("seek 2")
    h.wait("the debugger tells its step", function()
      local file = h.folder .. "/.connie/position.json"
      return vim.json.decode(table.concat(vim.fn.readfile(file))).step == 2
    end)
    vim.cmd.buffer(buffer)
    h.wait("line 3 has no value yet", function()
      vim.cmd("redraw!")
      local _, shown = hints(buffer)
      return not (shown[3] or ""):match("a = ")
    end)
    h.close()
  end)

  h.test("draws lenses in their order, and again when the server has new ones", function()
    local buffer =
      h.python("lenses.py", { "def f(i):", "    return i * 10", "for i in range(5):", "    a = f(i)", "print(a)" })
    h.equal(lenses(buffer, 1), "")
    require("connie.dap").record()
    h.wait("the lenses are there", function()
      return lenses(buffer, 1):match("^%d+ calls.* | first | ‹ | › | last$")
        and lenses(buffer, 3):match(" | first | ‹ | › | last$")
    end)
    assert(not lenses(buffer, 3):match("[uU]nresolved"), lenses(buffer, 3))
    for _, which in ipairs({ "first", "last", "first" }) do
      require("connie.lsp").ask("call", { vim.uri_from_bufnr(buffer), 1, which })
      local wanted = "showing " .. (which == "first" and 1 or 5) .. " | first | ‹"
      h.wait(wanted, function()
        return lenses(buffer, 1):find(wanted, 1, true)
      end)
    end
    h.close()
  end)

  h.test("a choice moves the session, and is undone; without a session it is marked", function()
    local lines = { "def f(i):", "    return i * 10", "for i in range(5):", "    a = f(i)", "print(a)" }
    local buffer = h.python("choice.py", lines)
    vim.api.nvim_win_set_cursor(0, { 5, 0 })
    dap.toggle_breakpoint()
    require("connie.dap").record()
    h.stopped_at(5)
    local uri = vim.uri_from_bufnr(buffer)
    h.wait("the lens tells where it stands", function()
      return lenses(buffer, 3):match("^iteration 5 of 5")
    end)
    require("connie.lsp").ask("iteration", { uri, 3, "first" })
    h.stopped_at(4)
    h.wait("the lens tells the way back", function()
      return lenses(buffer, 3):match("^iteration 1 of 5 .*back to where I was$")
    end)
    require("connie.lsp").ask("call", { uri, 1, "3" })
    h.stopped_at(2)
    h.wait("the hints follow", function()
      return (hints(buffer)[1] or ""):match("^=2|")
    end)
    vim.cmd("Connie goback")
    h.stopped_at(4)
    vim.cmd("Connie goback")
    h.stopped_at(5)
    h.close()
    h.wait("nobody stands there", function()
      return not (hints(buffer)[1] or ""):match("call")
    end)
    -- The server may still know the session, which then would be moved instead.
    local asked = 0
    h.wait("the lines of the call are marked", function()
      if vim.uv.now() - asked > 500 then
        asked = vim.uv.now()
        require("connie.lsp").ask("call", { uri, 1, "3" })
      end
      local said = hints(buffer)
      return said[1] == "=2|call 3 of 5|" and said[2] == "→ 20|call 3 of 5|×5|" and not said[3]:match("call")
    end)
    drawn(buffer, 1, "=2|call 3 of 5|")
  end)
end
