// Commands that configurations of debugpy use to ask the user before they start: `${command:pickArgs}` and `${command:pickProcess}`.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";

/** Asks for the program's arguments, as one line. The answer is offered again the next time. */
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

/** Lets the user choose a process. Returns its id. */
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
