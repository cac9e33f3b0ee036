// The language server: values beside the code.
import * as vscode from "vscode";
import { LanguageClient, type ClientCapabilities, type FeatureState } from "vscode-languageclient/node";
import * as binary from "./binary";

let client: LanguageClient | undefined;
/** Starts and stops run one after the other, because a server that is starting cannot be stopped. */
let turn: Promise<void> = Promise.resolve();

/** Reports to the server which additional commands this client has. */
const commands = {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...experimental, commands: { commands: ["connie.copyValue", "connie.debugTest"] } };
  },
  initialize(): void {
    // Nothing depends on what the server answers.
  },
  getState(): FeatureState {
    return { kind: "static" };
  },
  clear(): void {
    // Nothing is kept.
  },
};

async function start(context: vscode.ExtensionContext, again: boolean): Promise<void> {
  const program = await binary.needed(context.extensionUri, again);
  if (!program) return;
  client = new LanguageClient(
    "connie",
    "connie",
    { command: program, args: ["lsp"] },
    {
      documentSelector: [{ scheme: "file", language: "python" }],
      synchronize: { configurationSection: "connie" },
      // The content was recorded, so commands and HTML are not allowed in it.
      markdown: { isTrusted: false, supportHtml: false },
      // The hints show the same values, and stay when the session ends.
      middleware: { provideInlineValues: () => [] },
    },
  );
  client.registerFeature(commands);
  try {
    await client.start();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(`connie's language server did not start: ${why}`);
  }
}

async function end(): Promise<void> {
  const running = client;
  client = undefined;
  try {
    if (running?.needsStop()) await running.stop();
  } catch {
    // The server has ended already, or takes too long to end. A new one does not wait for it.
  }
}

export function stop(): Promise<void> {
  return (turn = turn.then(end));
}

function restart(context: vscode.ExtensionContext): Promise<void> {
  return (turn = turn.then(end).then(() => start(context, true)));
}

/** Sends a request to the server; undefined if the server is not running. */
export async function ask<T>(command: string, ...given: unknown[]): Promise<T | undefined> {
  if (!client?.isRunning()) return undefined;
  return client.sendRequest<T>("workspace/executeCommand", { command, arguments: given });
}

export async function register(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand("connie.copyValue", async (text: string) => {
      await vscode.env.clipboard.writeText(text);
    }),
    vscode.commands.registerCommand("connie.restartServer", () => restart(context)),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("connie.path")) void restart(context);
    }),
  );
  await (turn = turn.then(() => start(context, false)));
}
