// Records a test with `connie pytest` and opens it where it failed: from the test explorer, or at the cursor.
import * as path from "node:path";
import * as vscode from "vscode";
import * as binary from "./binary";
import { TYPE, chosenPython } from "./debugging";
import { listed } from "./recordings";
import * as server from "./server";

/** The target of the command: a test of the explorer, the file of a menu, or the file and line of a lens. */
type On = vscode.TestItem | vscode.Uri | string | undefined;

/** The node id of a test for pytest; undefined if there is no test. */
async function nodeOf(on: On, lensLine?: number): Promise<string | undefined> {
  const node = async (uri: vscode.Uri, line: number) =>
    (await server.ask<string>("connie.testAt", uri.toString(), line)) ?? uri.fsPath;
  if (typeof on === "string" && lensLine !== undefined) return node(vscode.Uri.parse(on), lensLine);
  if (on && typeof on !== "string" && !(on instanceof vscode.Uri)) {
    if (!on.uri) return undefined;
    if (!on.range) return on.uri.fsPath;
    const found = await node(on.uri, on.range.start.line + 1);
    // A parametrised test has several cases; this is one of them.
    return found + (found.includes("::") ? (/\[.*\]$/s.exec(on.id)?.[0] ?? "") : "");
  }
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId !== "python" || editor.document.uri.scheme !== "file") return undefined;
  return node(editor.document.uri, editor.selection.active.line + 1);
}

/** Runs a task to its end. */
async function run(task: vscode.Task): Promise<void> {
  // The task may end before VS Code reports that it began.
  const ended = new Set<vscode.TaskExecution>();
  let look: (() => void) | undefined;
  const listening = vscode.tasks.onDidEndTask((event) => {
    ended.add(event.execution);
    look?.();
  });
  const execution = await vscode.tasks.executeTask(task);
  await new Promise<void>((resolve) => {
    look = () => {
      if (ended.has(execution)) resolve();
    };
    look();
  });
  listening.dispose();
}

async function record(extension: vscode.Uri, on: On, line?: number): Promise<void> {
  if (!(await binary.mayRun("A test"))) return;
  const program = await binary.needed(extension);
  if (!program) return;
  const node = await nodeOf(on, line);
  const file = node?.split("::", 1)[0];
  if (!node || !file) {
    void vscode.window.showErrorMessage("Choose a test in the test explorer, or put the cursor into one.");
    return;
  }
  await vscode.workspace.saveAll(false);
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file));
  const cwd = folder?.uri.fsPath ?? path.dirname(file);
  const python = await chosenPython(folder);
  const args = ["pytest", "--connie", "all", ...(python ? ["--python", python] : []), "--", node];
  const name = path.basename(file) + node.slice(file.length);
  const execution = new vscode.ProcessExecution(program, args, { cwd });
  const task = new vscode.Task(
    { type: "process" },
    folder ?? vscode.TaskScope.Workspace,
    name,
    "connie",
    execution,
    [],
  );
  task.presentationOptions = { clear: true };
  const known = new Set((await listed(program, cwd)).map((recording) => recording.path));
  await run(task);
  const made = (await listed(program, cwd)).filter((recording) => !known.has(recording.path));
  made.sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
  const opened = made.find((recording) => recording.result !== "ok") ?? made[0];
  if (!opened) {
    void vscode.window.showErrorMessage(`connie pytest ${name} recorded no test: the terminal says why.`);
    return;
  }
  await vscode.debug.startDebugging(folder, {
    type: TYPE,
    request: "attach",
    name: opened.program,
    recording: opened.path,
  });
}

export function register(context: vscode.ExtensionContext): void {
  const command = (on?: On, line?: number) => record(context.extensionUri, on, line);
  context.subscriptions.push(vscode.commands.registerCommand("connie.debugTest", command));
}
