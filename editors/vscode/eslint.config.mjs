import js from "@eslint/js";
import globals from "globals";
import ts from "typescript-eslint";

export default ts.config(
  { ignores: ["dist/**"] },
  js.configs.recommended,
  { files: ["src/**/*.ts"], extends: [ts.configs.strict, ts.configs.stylistic] },
  { files: ["media/**/*.js"], languageOptions: { globals: { ...globals.browser, acquireVsCodeApi: "readonly" } } },
  {
    files: ["test/**/*.js"],
    languageOptions: { sourceType: "commonjs", globals: { ...globals.node, ...globals.mocha, ...globals.browser } },
  },
);
