// The language server: values beside the code.
import * as vscode from "vscode";
import { LanguageClient, type ClientCapabilities, type FeatureState } from "vscode-languageclient/node";
import * as binary from "./binary";

let client: LanguageClient | undefined;

/** Tells the server which commands this client has besides. */
const commands = {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...experimental, commands: { commands: ["connie.copyValue"] } };
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

export async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running?.needsStop()) await running.stop();
}

/** Asks the server for something; undefined where it does not run. */
export async function ask<T>(command: string, ...given: unknown[]): Promise<T | undefined> {
  if (!client?.isRunning()) return undefined;
  return client.sendRequest<T>("workspace/executeCommand", { command, arguments: given });
}

export async function register(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand("connie.copyValue", async (text: string) => {
      await vscode.env.clipboard.writeText(text);
    }),
    vscode.commands.registerCommand("connie.restartServer", async () => {
      await stop();
      await start(context, true);
    }),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (!event.affectsConfiguration("connie.path")) return;
      await stop();
      await start(context, true);
    }),
  );
  await start(context, false);
}
