-- First contact: missing programs, buffers that are not written, and where a session begins and ends.
return function(h)
  local dap = require("dap")

  --- Runs another Neovim with defaults and the plugin. Returns what it printed until it was idle.
  local function neovim(arguments, cwd)
    local command = { vim.v.progpath, "--clean", "--headless" }
    for _, path in ipairs({ h.here, h.nvim_dap }) do
      vim.list_extend(command, { "--cmd", "set rtp^=" .. vim.fn.fnamemodify(path, ":p") })
    end
    vim.list_extend(command, arguments)
    vim.list_extend(command, { "-c", "lua vim.defer_fn(function() vim.cmd('qall!') end, 400)" })
    local done = vim.system(command, { cwd = cwd, text = true }):wait(20000)
    return done.stdout .. done.stderr
  end

  h.test("prints no traceback where the program is missing", function()
    local file = h.folder .. "/lonely.py"
    vim.fn.writefile({ "a = 1" }, file)
    local setup = "lua require('connie').setup({ cmd = '/nowhere/connie' })"
    local printed = neovim({ "--cmd", setup, file })
    assert(printed:find("The program /nowhere/connie was not found", 1, true), printed)
    for _, bad in ipairs({ "traceback", "Error", "Autocommand" }) do
      assert(not printed:find(bad, 1, true), printed)
    end
  end)

  h.test("checks its health outside of projects, too", function()
    local nowhere, out = vim.fn.tempname(), vim.fn.tempname()
    vim.fn.mkdir(nowhere, "p")
    for _, setup in ipairs({ "", "/nowhere/connie" }) do
      local configure = setup == "" and "lua" or ("lua require('connie').setup({ cmd = '%s' })"):format(setup)
      local printed =
        neovim({ "-c", configure .. " _G.x = 1", "-c", "checkhealth connie", "-c", "write! " .. out }, nowhere)
      local text = table.concat(vim.fn.readfile(out), "\n")
      assert(not text:find("Failed to run", 1, true) and not text:find("traceback", 1, true), text .. printed)
      if setup == "" then
        assert(text:find("0 recordings in " .. vim.uv.fs_realpath(nowhere), 1, true), text)
      else
        assert(text:find("cargo install --path", 1, true), text)
      end
    end
  end)

  h.test("forgets the stacks of other threads at each stop", function()
    h.python("threads.py", {
      "import threading",
      "def work(k):",
      "    return k",
      "for n in range(3):",
      "    thread = threading.Thread(target=work, args=(n,))",
      "    thread.start()",
      "    thread.join()",
    })
    for _, line in ipairs({ 5, 3 }) do
      vim.api.nvim_win_set_cursor(0, { line, 0 })
      dap.toggle_breakpoint()
    end
    h.press("<F5>")
    h.stopped_at(5)
    dap.session().threads[1].frames = { { id = 1, name = "before", line = 5, column = 1 } }
    h.press("<F5>")
    h.stopped_at(3)
    local main = dap.session().threads[1]
    assert(main and main.frames == nil, vim.inspect(main))
    for _, line in ipairs({ 5, 3 }) do
      vim.api.nvim_win_set_cursor(0, { line, 0 })
      dap.toggle_breakpoint()
    end
    h.close()
  end)

  h.test("has the names that terminals give to shifted keys", function()
    h.python("keys.py", { "a = 1", "b = 2", "c = 3" })
    local keys = {
      ["<F17>"] = "back to the previous breakpoint",
      ["<F22>"] = "step back",
      ["<F23>"] = "back into",
      ["<F24>"] = "back out",
    }
    for key, what in pairs(keys) do
      assert(vim.fn.maparg(key, "n", false, true).desc:find(what), key)
    end
    vim.api.nvim_win_set_cursor(0, { 3, 0 })
    dap.toggle_breakpoint()
    h.press("<F5>")
    h.stopped_at(3)
    h.press("<F22>")
    h.stopped_at(2)
    h.close()
    -- A mapping of the user stays. A disabled key is disabled under both names.
    vim.keymap.set("n", "<F23>", "<Nop>")
    local options = require("connie").options
    options.mappings = { back_out = false, step_back = "gs" }
    h.python("keys_too.py", { "a = 1" })
    h.equal(vim.fn.maparg("<F23>", "n"), "<Nop>")
    h.equal({ vim.fn.maparg("<F24>", "n"), vim.fn.maparg("<F22>", "n"), vim.fn.maparg("<S-F12>", "n") }, { "", "", "" })
    assert(vim.fn.maparg("gs", "n", false, true).desc)
    options.mappings = true
    vim.keymap.del("n", "<F23>")
  end)

  h.test("writes the buffer before it records", function()
    local buffer = h.python("unsaved.py", { "a = 1" })
    vim.api.nvim_buf_set_lines(buffer, 0, -1, false, { "a = 2", "b = a" })
    vim.api.nvim_win_set_cursor(0, { 2, 0 })
    dap.toggle_breakpoint()
    h.press("<F5>")
    h.stopped_at(2)
    h.equal({ vim.bo.modified, vim.fn.readfile(h.folder .. "/unsaved.py") }, { false, { "a = 2", "b = a" } })
    -- The second time, the same session is used.
    vim.api.nvim_buf_set_lines(buffer, 0, 1, false, { "a = 3" })
    vim.cmd("Connie record")
    h.wait("it is recorded again", function()
      return vim.fn.readfile(h.folder .. "/unsaved.py")[1] == "a = 3"
    end)
    h.close()
    -- Record with a configuration of the user, from another buffer.
    vim.api.nvim_buf_set_lines(buffer, 0, 1, false, { "a = 4" })
    h.python("beside_it.py", { "pass" })
    dap.run({ type = "connie", request = "launch", name = "mine", program = h.folder .. "/unsaved.py", cwd = h.folder })
    h.stopped_at(2)
    h.equal(vim.fn.readfile(h.folder .. "/unsaved.py")[1], "a = 4")
    h.close()
  end)

  h.test("says what to do with a buffer that has no file, or cannot be written", function()
    for _, words in ipairs({ "Connie record", "Connie test" }) do
      h.forget()
      vim.cmd("enew")
      vim.bo.filetype = "python"
      vim.api.nvim_buf_set_lines(0, 0, -1, false, { "a = 1" })
      vim.cmd(words)
      h.heard("This buffer has no file: `:write")
      h.equal(dap.session(), nil)
      vim.cmd("bwipeout!")
    end
    h.forget()
    vim.cmd.edit(h.folder .. "/not/made/new.py")
    vim.bo.filetype = "python"
    vim.api.nvim_buf_set_lines(0, 0, -1, false, { "a = 1" })
    vim.cmd("Connie record")
    h.heard("The buffer could not be written: E%d+")
    h.equal(dap.session(), nil)
    vim.cmd("bwipeout!")
    h.forget()
  end)

  h.test("records another file while a session is open", function()
    h.python("one.py", { "a = 1" })
    vim.api.nvim_win_set_cursor(0, { 1, 0 })
    dap.toggle_breakpoint()
    vim.cmd("Connie record")
    h.stopped_at(1)
    h.python("two.py", { "a = 1", "b = 2" })
    vim.api.nvim_win_set_cursor(0, { 2, 0 })
    dap.toggle_breakpoint()
    vim.cmd("Connie record")
    h.wait("the other file is shown", function()
      local frame = dap.session() and dap.session().current_frame
      return frame and vim.fs.basename(frame.source.path) == "two.py" and frame.line == 2
    end)
    h.close_all()
  end)

  h.test("ends the session at the first stop of a program that runs", function()
    local pid = h.folder .. "/pid"
    h.python("server.py", {
      "import itertools, os, time",
      "for n in itertools.count():",
      "    time.sleep(0.01)",
      "    if n == 10:",
      ("        open(%q, 'w').write(str(os.getpid()))"):format(pid),
    })
    vim.cmd("Connie record")
    h.wait("it runs", function()
      return vim.fn.filereadable(pid) == 1 and #vim.fn.readfile(pid) > 0 and dap.session()
    end)
    h.forget()
    dap.terminate()
    h.wait("the program has ended", function()
      return vim.uv.kill(tonumber(vim.fn.readfile(pid)[1]), 0) ~= 0
    end)
    h.heard("The program was stopped. `:Connie` opens its recording.")
    -- A stop event now would open the session again.
    vim.wait(700)
    h.equal({ dap.session(), vim.tbl_count(dap.sessions()) }, { nil, 0 })
    local newest = require("connie.recordings").all(true)[1]
    assert(
      newest.program:find("server.py", 1, true) and newest.result:find("signal", 1, true) and newest.steps > 3,
      vim.inspect(newest)
    )
    h.forget()
  end)

  h.test("stops in the test's own frame", function()
    vim.env.PYTHONPATH = vim.env.CONNIE_TEST_PYTEST
    vim.fn.writefile({ "import pytest", "@pytest.fixture", "def shop():", "    yield 3" }, h.folder .. "/conftest.py")
    vim.fn.writefile({ "def check(n):", "    assert n == 9" }, h.folder .. "/checks.py")
    local lines = {
      "import checks",
      "def test_passes(shop):",
      "    total = shop",
      "",
      "def test_fails(shop):",
      "    checks.check(shop)",
    }
    for line, frame in pairs({ [3] = "test_passes", [6] = "test_fails" }) do
      h.python("test_own.py", lines)
      vim.api.nvim_win_set_cursor(0, { line, 0 })
      vim.cmd("Connie test")
      h.stopped_at(line)
      h.equal(dap.session().current_frame.name, frame)
      h.close()
    end
    vim.env.PYTHONPATH = nil
  end)

  h.test("works by the lines of docs/debug-adapter.md, without the plugin", function()
    local page = vim.fn.readfile(vim.fn.fnamemodify(h.here, ":p") .. "/../../docs/debug-adapter.md")
    local code = {}
    for _, line in ipairs(page) do
      if line:match('^local dap = require%("dap"%)') or #code > 0 and not line:match("^```") then
        table.insert(code, line)
      elseif #code > 0 then
        break
      end
    end
    h.equal(#code, 5)
    local adapter, configurations = dap.adapters.connie, dap.configurations.python
    dap.adapters.connie, dap.configurations.python = nil, nil
    assert(loadstring(table.concat(code, "\n")))()
    h.python("plain.py", { "a = 1", "b = 2", "c = 3" })
    vim.api.nvim_win_set_cursor(0, { 3, 0 })
    dap.toggle_breakpoint()
    for _, configuration in ipairs(dap.configurations.python) do
      dap.run(configuration)
      h.stopped_at(3)
      dap.step_back()
      h.stopped_at(2)
      h.close()
    end
    dap.adapters.connie, dap.configurations.python = adapter, configurations
  end)
end
