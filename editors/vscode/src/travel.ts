// Commands that move the view and ask about values. They use the adapter's own requests.
import * as vscode from "vscode";
import { session, TYPE } from "./debugging";
import type { Timeline } from "./timeline";

export interface Write {
  step: number;
  line: number;
  value: string;
}

/** The target of a command. */
interface OnVariable {
  variable?: { evaluateName?: string; name: string };
}

/** Sends a `connie/…` request, and shows the error if it is refused. */
export async function ask<T>(request: string, given: object): Promise<T | undefined> {
  const active = session();
  if (!active) {
    void vscode.window.showInformationMessage(
      "No recording is open: start one with F5, or open one from the Recordings view.",
    );
    return undefined;
  }
  try {
    return (await active.customRequest(request, given)) as T;
  } catch (error) {
    void vscode.window.showWarningMessage(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function frame(): { frameId?: number } {
  const item = vscode.debug.activeStackItem;
  return item instanceof vscode.DebugStackFrame ? { frameId: item.frameId } : {};
}

function thread(): { threadId: number } {
  return { threadId: vscode.debug.activeStackItem?.threadId ?? 1 };
}

export async function seek(step: number): Promise<void> {
  await ask("connie/seek", { step });
}

/** The expression to ask about: the variable that was clicked, the selection, the word at the cursor, or what the user types. */
async function expression(given: unknown, prompt: string): Promise<string | undefined> {
  const clicked = (given as OnVariable | undefined)?.variable;
  if (clicked) return clicked.evaluateName ?? clicked.name;
  const editor = vscode.window.activeTextEditor;
  if (editor) {
    const range = editor.selection.isEmpty
      ? editor.document.getWordRangeAtPosition(editor.selection.active, /[\p{L}_][\p{L}\p{N}_.]*/u)
      : editor.selection;
    if (range) return editor.document.getText(range);
  }
  return vscode.window.showInputBox({ prompt, placeHolder: "account.balance" });
}

async function why(given: unknown): Promise<void> {
  const text = await expression(given, "Who wrote this value?");
  if (!text) return;
  const write = await ask<Write | null>("connie/lastWrite", { expression: text, ...frame() });
  if (write === undefined) return;
  if (write === null) {
    void vscode.window.showInformationMessage(`No write to ${text} is known before this step.`);
    return;
  }
  const go = "Go There";
  const said = `${text} = ${write.value}: written at line ${String(write.line)}, step ${String(write.step)}.`;
  if ((await vscode.window.showInformationMessage(said, go)) === go) await seek(write.step);
}

async function history(given: unknown, timeline: Timeline): Promise<void> {
  const text = await expression(given, "Whose values?");
  if (!text) return;
  const wanted = { expression: text, count: 1000, later: true, ...frame() };
  const found = await ask<{ writes: Write[]; later: Write[] }>("connie/history", wanted);
  if (found) await timeline.showHistory(text, [...found.writes.reverse(), ...found.later]);
}

/** Explains the failure in the debug console, which turns the places into links. */
async function explain(): Promise<void> {
  const found = await ask<{ result: string }>("evaluate", { expression: ":explain", context: "repl", ...frame() });
  if (!found) return;
  await vscode.commands.executeCommand("workbench.debug.action.focusRepl");
  vscode.debug.activeDebugConsole.appendLine(found.result.trimEnd());
}

async function goToStep(): Promise<void> {
  const text = await vscode.window.showInputBox({
    prompt: "Go to which step?",
    validateInput: (given) => (/^[\d_,]+$/.test(given.trim()) ? undefined : "A number, such as 1200."),
  });
  if (text) await seek(Number(text.replace(/[_,\s]/g, "")));
}

/** Handles a click on a line of a logpoint: VS Code asks for the line's place and opens it, and the view goes to its step. */
function followClicks(session: vscode.DebugSession): vscode.DebugAdapterTracker {
  return {
    onDidSendMessage({ type, command, body }: { type?: string; command?: string; body?: { step?: number } }) {
      if (type !== "response" || command !== "locations" || body?.step === undefined) return;
      void session.customRequest("connie/seek", { step: body.step }).then(undefined, () => {
        // While the program runs, the view has no step yet.
      });
    },
  };
}

export function register(context: vscode.ExtensionContext, timeline: Timeline): void {
  const command = (name: string, run: (given: unknown) => unknown) =>
    vscode.commands.registerCommand(`connie.${name}`, run);
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterTrackerFactory(TYPE, { createDebugAdapterTracker: followClicks }),
    command("stepBackInto", () => ask("connie/stepBackInto", thread())),
    command("stepBackOut", () => ask("connie/stepBackOut", thread())),
    command("travelToStep", goToStep),
    command("why", why),
    command("explain", explain),
    command("showHistory", (given) => history(given, timeline)),
  );
}
