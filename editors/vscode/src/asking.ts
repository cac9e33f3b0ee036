// What debugpy's configurations ask for before they start: `${command:pickArgs}` and `${command:pickProcess}`.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";

/** Arguments that were typed for a program, as one line; kept for the next time. */
async function pickArgs(context: vscode.ExtensionContext): Promise<string | undefined> {
  const key = "connie.arguments";
  const typed = await vscode.window.showInputBox({
    title: "Arguments of the Program",
    prompt: "One line, as in a shell. It may be empty.",
    value: context.workspaceState.get<string>(key, ""),
    ignoreFocusOut: true,
  });
  if (typed !== undefined) await context.workspaceState.update(key, typed);
  return typed;
}

interface Process extends vscode.QuickPickItem {
  pid: string;
}

/** The Python processes of this machine, the newest first. */
async function processes(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axww", "-o", "pid=,args="], { maxBuffer: 64 << 20 });
  const found = stdout.split("\n").flatMap((line) => {
    const [, pid, program, rest] = /^\s*(\d+)\s+(\S+)\s*(.*)$/.exec(line) ?? [];
    return pid && program && /python/i.test(program)
      ? [{ label: rest || program, description: pid, detail: program, pid }]
      : [];
  });
  return found.reverse();
}

/** The id of a process that was chosen. */
async function pickProcess(): Promise<string | undefined> {
  const options = { title: "Record Which Python Process?", matchOnDescription: true, matchOnDetail: true };
  const found = await processes();
  if (!found.length) {
    void vscode.window.showErrorMessage("No Python process runs on this machine.");
    return undefined;
  }
  return (await vscode.window.showQuickPick(found, options))?.pid;
}

export function register(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand("connie.pickArgs", () => pickArgs(context)),
    vscode.commands.registerCommand("connie.pickProcess", pickProcess),
  );
}
