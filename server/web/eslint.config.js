"use strict";
const js = require("@eslint/js");
const globals = require("globals");

module.exports = [
  { ignores: ["eslint.config.js"] },
  js.configs.recommended,
  { languageOptions: { sourceType: "module", globals: globals.browser } },
];
