-- Lines of logpoints lead back to their steps; tests have a lens before anything was recorded.
return function(h)
  local dap = require("dap")

  h.test("goes from a logged line to its step", function()
    h.close_all()
    local program = h.python("logged.py", { "for n in range(5):", "    m = n * 2", "print(m)" })
    vim.api.nvim_win_set_cursor(0, { 2, 0 })
    dap.set_breakpoint(nil, nil, "here {n}")
    h.press("<F5>")
    h.stopped_at(3)
    local buffer, line
    h.wait("it is written", function()
      for _, one in ipairs(vim.api.nvim_list_bufs()) do
        if vim.bo[one].filetype == "dap-repl" then
          for at, text in ipairs(vim.api.nvim_buf_get_lines(one, 0, -1, true)) do
            if text == "here 3" then
              buffer, line = one, at
            end
          end
        end
      end
      return line
    end)
    local window = vim.api.nvim_get_current_win()
    vim.cmd.split()
    vim.api.nvim_win_set_buf(0, buffer)
    vim.api.nvim_win_set_cursor(0, { line, 0 })
    h.press("gf")
    vim.api.nvim_set_current_win(window)
    h.stopped_at(2)
    local said
    dap.session():request(
      "evaluate",
      { expression = "n", context = "repl", frameId = dap.session().current_frame.id },
      function(_, body)
        said = body.result
      end
    )
    h.wait("it is known", function()
      return said
    end)
    h.equal(said, "3")
    h.close()
    vim.cmd.only()
    vim.api.nvim_set_current_buf(program)
  end)

  h.test("has a lens above tests that records them", function()
    local buffer = h.python("test_lens.py", { "def test_sum():", "    assert 1 + 1 == 3" })
    local lens
    h.wait("it has a lens", function()
      for _, one in ipairs(vim.lsp.codelens.get(buffer)) do
        lens = one.command and one.command.title == "Record and Debug" and one or lens
      end
      return lens
    end)
    vim.env.PYTHONPATH = vim.env.CONNIE_TEST_PYTEST
    vim.lsp.commands["connie.debugTest"](lens.command)
    h.stopped_at(2)
    vim.env.PYTHONPATH = nil
    h.close()
  end)
end
