-- Tests the plugin in a real Neovim as a user would use it: nothing is configured, and the project is not prepared.
-- nvim --clean --headless -l run.lua CONNIE PYTHON [NVIM_DAP]
local program, python, nvim_dap = unpack(arg, 1, 3)
local here = vim.fs.dirname(vim.fs.dirname(vim.fs.normalize(arg[0])))
vim.env.PATH = vim.fs.dirname(program) .. ":" .. vim.env.PATH
vim.env.VIRTUAL_ENV = nil
vim.opt.runtimepath:prepend(here)
vim.opt.runtimepath:prepend(nvim_dap or here .. "/test/fake")
vim.cmd("filetype plugin on")
vim.cmd.runtime("plugin/connie.lua")
vim.o.swapfile = false

local said = {}
vim.notify = function(text)
  table.insert(said, text)
end

local function until_(what, ask)
  local found
  if not vim.wait(20000, function()
    found = ask()
    return found
  end, 10) then
    error(what .. ": it did not come true. Said: " .. vim.inspect(said), 2)
  end
  return found
end

local function equal(got, wanted)
  if not vim.deep_equal(got, wanted) then
    error(("%s is not %s"):format(vim.inspect(got), vim.inspect(wanted)), 2)
  end
end

local function press(keys)
  vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), "xm", false)
end

local folder = vim.fn.tempname()
vim.fn.mkdir(folder .. "/.venv/bin", "p")
vim.uv.fs_symlink(python, folder .. "/.venv/bin/python")
vim.fn.writefile({}, folder .. "/setup.py")
local file = folder .. "/shop.py"
vim.fn.writefile(
  vim.split(
    [[
prices = {"tea": 3, "jam": 5}
total = 0


def buy(name, count):
    cost = prices[name] * count
    return cost


for name in ["tea", "jam", "tea"]:
    total += buy(name, 2)
    print("so far", total)]],
    "\n"
  ),
  file
)

local function hint(line, label)
  return until_(("line %d shows %s"):format(line, label), function()
    for _, one in ipairs(vim.lsp.inlay_hint.get({ bufnr = vim.fn.bufnr(file) })) do
      local shown = one.inlay_hint.label
      shown = type(shown) == "table" and shown[1].value or shown
      if one.inlay_hint.position.line + 1 == line and shown == label then
        return true
      end
    end
  end)
end

local function stopped_at(line)
  until_("it stops at line " .. line, function()
    local session = require("dap").session()
    return session and session.current_frame and session.current_frame.line == line
  end)
end

local function heard(pattern)
  return until_("it says " .. pattern, function()
    for _, text in ipairs(said) do
      if text:match(pattern) then
        return text
      end
    end
  end)
end

--- Ends the session, as a person does.
local function close()
  require("dap").terminate()
  until_("the session has ended", function()
    return require("dap").session() == nil
  end)
end

--- Opens a new program, with the server.
local function python_file(name, lines)
  local path = folder .. "/" .. name
  vim.fn.writefile(lines, path)
  vim.cmd.edit(path)
  vim.bo.filetype = "python"
  until_("the server is there", function()
    return vim.lsp.get_clients({ name = "connie", bufnr = 0 })[1]
  end)
  return vim.api.nvim_get_current_buf()
end

local tests = {}
local function test(name, run)
  table.insert(tests, { name, run })
end

test("says once what to do where the program is missing", function()
  require("connie").setup({ cmd = "/nowhere/connie" })
  vim.cmd.edit(file)
  vim.bo.filetype = "python"
  local text = heard("^The program /nowhere/connie was not found%.\n")
  local cli = text:match("`cargo install %-%-path (/%S+)`")
  assert(cli and vim.uv.fs_stat(cli .. "/Cargo.toml"), text)
  vim.wait(100)
  equal(#said, 1)
  -- A user who asks for something gets the message again.
  vim.cmd("Connie record")
  until_("it says so again", function()
    return said[#said]:match("was not found") and #said > 1
  end)
  vim.cmd("%bwipeout!")
  package.loaded["connie"].options = nil
  said = {}
end)

test("travels with nothing configured", function()
  vim.cmd.edit(file)
  vim.bo.filetype = "python"
  until_("the server is there", function()
    return vim.lsp.get_clients({ name = "connie" })[1]
  end)
  vim.api.nvim_win_set_cursor(0, { 6, 0 })
  press("<F9>")
  press("<F5>")
  stopped_at(6)
  hint(5, "='tea'")
  press("<F5>")
  hint(5, "='jam'")
  press("<F10>")
  stopped_at(7)
  hint(6, "cost = 10")
  press("<S-F10>")
  stopped_at(6)
  press("<S-F5>")
  hint(5, "='tea'")
  press("<S-F12>")
  stopped_at(11)
  equal(said, {})
end)

test("has the debugger's words", function()
  vim.cmd("Connie end")
  until_("it stands at the end", function()
    local frame = require("dap").session().current_frame
    return frame and frame.line == 10
  end)
  vim.cmd("Connie why total")
  heard("line 11, step %d+, wrote 22")
  vim.cmd("Connie where")
  heard("step %d+ of %d+, line")
  vim.cmd("Connie nonsense")
  heard(":Connie has no word nonsense")
  equal(require("connie.command").complete("wh", "Connie wh"), { "where", "why", "whynot" })
end)

test("lists recordings, and opens one", function()
  close()
  local shown
  vim.ui.select = function(all, options, chosen)
    shown = vim.tbl_map(options.format_item, all)
    chosen(all[1])
  end
  vim.cmd("Connie")
  equal(#shown, 1)
  assert(shown[1]:match("ok .* steps  .*shop.py$"), shown[1])
  until_("the recording is open", function()
    local session = require("dap").session()
    return session and session.current_frame
  end)
  close()
  hint(11, "total = 22")
end)

test("records the test at the cursor, and opens it where it failed", function()
  local path = folder .. "/test_shop.py"
  vim.fn.writefile({ "def test_total():", "    total = 8", "    assert total == 9" }, path)
  vim.cmd.edit(path)
  vim.bo.filetype = "python"
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  vim.env.PYTHONPATH = vim.env.CONNIE_TEST_PYTEST
  vim.cmd("Connie test")
  stopped_at(3)
  vim.env.PYTHONPATH = nil
  close()
  vim.cmd.edit(file)
  vim.cmd("Connie test")
  heard("connie pytest .*shop.py recorded no test:.*No module named pytest")
end)

test("takes no program from a project", function()
  local connie = require("connie")
  local options, path, cwd = connie.options, vim.env.PATH, vim.uv.cwd()
  local trap = folder .. "/trap"
  vim.fn.mkdir(trap .. "/bin", "p")
  for _, name in ipairs({ "connie", "bin/connie" }) do
    vim.fn.writefile({ "#!/bin/sh", "exit 1" }, trap .. "/" .. name)
    vim.uv.fs_chmod(trap .. "/" .. name, 493)
  end
  vim.fn.chdir(trap)
  connie.options = vim.tbl_extend("force", options, { cmd = "connie" })
  vim.env.PATH = ".:bin::/nowhere"
  local found = connie.find()
  connie.options, vim.env.PATH = options, path
  vim.fn.chdir(cwd)
  equal(found, nil)
end)

test("checks its health", function()
  vim.cmd("checkhealth connie")
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
  for _, wanted in ipairs({
    "connie %d+%.%d+%.%d+ at ",
    "nvim%-dap is installed",
    "the language server serves 1 project",
  }) do
    assert(text:match(wanted), text)
  end
  assert(not text:match("ERROR"), text)
end)

test("has help", function()
  vim.cmd("helptags " .. here .. "/doc")
  local tags = vim.tbl_filter(function(line)
    return line:find("connie.txt", 1, true)
  end, vim.fn.readfile(here .. "/doc/tags"))
  equal(#tags > 10, true)
  for _, line in ipairs(tags) do
    vim.cmd("help " .. line:match("^%S+"))
    equal(vim.fn.expand("%:t"), "connie.txt")
  end
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
  local facts = require("connie.facts")
  -- The help names every command, key and option of the plugin, and no others.
  for _, name in ipairs(vim.fn.getcompletion("Connie ", "cmdline")) do
    equal(text:find("\n:Connie " .. name .. "[ \n]") ~= nil and name, name)
  end
  local names = {}
  for _, one in ipairs(vim.list_extend(vim.list_extend({}, facts.commands), require("connie.words"))) do
    names[one[1]] = true
  end
  equal(#vim.fn.getcompletion("Connie ", "cmdline"), vim.tbl_count(names))
  for _, mapping in ipairs(facts.mappings) do
    equal(
      text:find(("    %s%s`%s`"):format(mapping[2], (" "):rep(9 - #mapping[2]), mapping[1]), 1, true) ~= nil and mapping,
      mapping
    )
  end
  for name in pairs(require("connie").options) do
    equal(text:find("\n    " .. name .. " = ") ~= nil and name, name)
  end
  vim.uv.fs_unlink(here .. "/doc/tags")
  vim.cmd("helpclose")
end)

-- Further tests, by topic.
for _, name in ipairs({ "beside", "order", "contact", "logged", "terminal", "watch" }) do
  dofile(here .. "/test/" .. name .. ".lua")({
    test = test,
    wait = until_,
    equal = equal,
    heard = heard,
    said = function()
      return said
    end,
    forget = function()
      said = {}
    end,
    press = press,
    python = python_file,
    close = close,
    close_all = function()
      while require("dap").session() do
        local id = require("dap").session().id
        require("dap").terminate()
        until_("a session has ended", function()
          return not require("dap").sessions()[id]
        end)
      end
    end,
    stopped_at = stopped_at,
    here = here,
    folder = folder,
    program = program,
    nvim_dap = nvim_dap or here .. "/test/fake",
  })
end

local failed = 0
for _, one in ipairs(tests) do
  local good, why = xpcall(one[2], debug.traceback)
  print((good and "ok   " or "FAIL ") .. one[1] .. (good and "" or "\n" .. tostring(why)) .. "\n")
  failed = failed + (good and 0 or 1)
end
for _, client in ipairs(vim.lsp.get_clients()) do
  client:stop(true)
end
vim.fn.delete(folder, "rf")
print(("%d passed, %d failed\n"):format(#tests - failed, failed))
os.exit(failed == 0 and 0 or 1)
