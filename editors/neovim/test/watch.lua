-- `:Connie watch`: values beside the code follow each save.
return function(h)
  local watch = require("connie.watch")

  local function printed(text)
    h.wait("the terminal says " .. text, function()
      local buffer = watch.buffer()
      return buffer and table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n"):find(text, 1, true)
    end)
  end

  local function shows(label)
    h.wait("line 1 shows " .. label, function()
      for _, one in ipairs(vim.lsp.inlay_hint.get({ bufnr = 0 })) do
        local shown = one.inlay_hint.label
        shown = type(shown) == "table" and shown[1].value or shown
        if one.inlay_hint.position.line == 0 and shown == label then
          return true
        end
      end
    end)
  end

  h.test("records the file again at each save, until it is stopped", function()
    h.python("watched.py", { "weight = 1 + 1" })
    vim.cmd("Connie watch")
    printed("waiting for changes")
    shows("weight = 2")
    vim.api.nvim_buf_set_lines(0, 0, -1, false, { "weight = 2 + 2" })
    vim.cmd("silent write")
    shows("weight = 4")
    vim.cmd("Connie watch stop")
    h.equal(watch.buffer(), nil)
    vim.cmd("Connie watch stop")
    h.heard("Nothing is being watched")
  end)

  h.test("leaves the debugger's word watch alone while a recording is open", function()
    h.python("watched.py", { "weight = 1", "weight = 2" })
    h.equal(watch.is_expression("weight"), false)
    vim.cmd("Connie record")
    h.wait("a session is open", function()
      local session = require("dap").session()
      return session and session.current_frame
    end)
    h.equal(watch.is_expression("weight"), true)
    h.equal(watch.is_expression("--every weight"), true)
    h.equal(watch.is_expression("stop"), false)
    h.equal(watch.is_expression("watched.py"), false)
    h.close()
  end)

  h.test("watches what it is told", function()
    h.python("watched.py", { "weight = 1" })
    vim.cmd("Connie watch --no-clear -m watched")
    printed("running -m watched")
    printed("waiting for changes")
    vim.cmd("Connie watch stop")
  end)
end
