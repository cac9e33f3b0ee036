// Formats Lua, or tells which files are not formatted: node stylua.cjs --check|--write FILE...
"use strict";
const fs = require("node:fs");
const stylua = require(require.resolve("@johnnymorganz/stylua/stylua_lib_node.cjs", { paths: [process.cwd()] }));

const [mode, ...files] = process.argv.slice(2);

/** As rustfmt and prettier do it; what has no parentheses keeps having none. */
function config() {
  const made = stylua.Config.new();
  made.column_width = 120;
  made.indent_type = stylua.IndentType.Spaces;
  made.indent_width = 2;
  made.call_parentheses = stylua.CallParenType.Input;
  return made;
}

for (const file of files) {
  const text = fs.readFileSync(file, "utf8");
  const formatted = stylua.formatCode(text, config(), undefined, stylua.OutputVerification.Full);
  if (formatted === text) continue;
  if (mode === "--write") fs.writeFileSync(file, formatted);
  else {
    console.error(`${file} is not formatted: cargo xtask lint --fix formats it`);
    process.exitCode = 1;
  }
}
