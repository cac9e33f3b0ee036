// Registers `connie dap`, `connie lsp` and the views. Everything that can be done behind a protocol is done there.
import * as vscode from "vscode";
import * as asking from "./asking";
import * as debugging from "./debugging";
import * as recordings from "./recordings";
import * as server from "./server";
import * as tests from "./tests";
import * as timeline from "./timeline";
import * as travel from "./travel";
import * as watching from "./watching";

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  asking.register(context);
  debugging.register(context);
  travel.register(context, timeline.register(context));
  recordings.register(context);
  tests.register(context);
  watching.register(context);
  await server.register(context);
}

export async function deactivate(): Promise<void> {
  await server.stop();
}
