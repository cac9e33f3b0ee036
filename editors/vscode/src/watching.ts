// `connie watch` in a terminal: the open file or the tests are recorded again at each save.
import * as path from "node:path";
import * as vscode from "vscode";
import * as binary from "./binary";
import { chosenPython } from "./debugging";

interface Watch {
  execution: vscode.TaskExecution;
  name: string;
}

class Watching {
  private watch: Watch | undefined;
  /** Tasks may end before VS Code reports that they began. */
  private readonly gone = new WeakSet<vscode.TaskExecution>();
  private readonly status = vscode.window.createStatusBarItem("connie.watching", vscode.StatusBarAlignment.Left);

  constructor(private readonly extension: vscode.Uri) {
    this.status.name = "connie: watching";
    this.status.command = "connie.stopWatching";
  }

  /** Records again at each save until it is stopped. A watch that is already running is stopped first. */
  async start(folder: vscode.Uri, name: string, args: string[]): Promise<void> {
    const program = await binary.needed(this.extension);
    if (!program) return;
    this.stop();
    await vscode.workspace.saveAll(false);
    const within = vscode.workspace.getWorkspaceFolder(folder);
    const python = await chosenPython(within);
    const all = ["watch", ...(python ? ["--python", python] : []), "--", ...args];
    const task = new vscode.Task(
      { type: "process" },
      within ?? vscode.TaskScope.Workspace,
      `watch ${name}`,
      "connie",
      new vscode.ProcessExecution(program, all, { cwd: folder.fsPath }),
      [],
    );
    task.isBackground = true;
    task.presentationOptions = { clear: true, panel: vscode.TaskPanelKind.Dedicated };
    const execution = await vscode.tasks.executeTask(task);
    if (this.gone.has(execution)) return;
    this.watch = { execution, name };
    this.show();
  }

  /** Ends the watch, and the run with it. */
  stop(): void {
    this.watch?.execution.terminate();
    this.watch = undefined;
    this.show();
  }

  /** Called when a task has ended for any reason. */
  ended(execution: vscode.TaskExecution): void {
    this.gone.add(execution);
    if (this.watch?.execution !== execution) return;
    this.watch = undefined;
    this.show();
  }

  private show(): void {
    void vscode.commands.executeCommand("setContext", "connie.watching", this.watch !== undefined);
    if (!this.watch) return this.status.hide();
    this.status.text = `$(eye) ${this.watch.name}`;
    this.status.tooltip = `connie records ${this.watch.name} again at each save. Click to stop.`;
    this.status.show();
  }

  dispose(): void {
    this.stop();
    this.status.dispose();
  }
}

/** The working folder for a file: the folder of the workspace, else the folder of the file. */
function folderOf(file: vscode.Uri): vscode.Uri {
  return vscode.workspace.getWorkspaceFolder(file)?.uri ?? vscode.Uri.file(path.dirname(file.fsPath));
}

export function register(context: vscode.ExtensionContext): void {
  const watching = new Watching(context.extensionUri);
  const active = () => vscode.window.activeTextEditor?.document;
  const watchFile = async (given?: vscode.Uri) => {
    const document = active();
    const open = document?.languageId === "python" ? document.uri : undefined;
    const file = given ?? open;
    if (file?.scheme !== "file") {
      void vscode.window.showErrorMessage(
        "Open the Python file to watch; a buffer without a file has to be saved first.",
      );
      return;
    }
    if (await binary.mayRun("Watching"))
      await watching.start(folderOf(file), path.basename(file.fsPath), [file.fsPath]);
  };
  const watchTests = async () => {
    const uri = active()?.uri;
    const folder = uri?.scheme === "file" ? folderOf(uri) : vscode.workspace.workspaceFolders?.[0]?.uri;
    if (!folder) {
      void vscode.window.showErrorMessage("Open the folder of the tests.");
      return;
    }
    if (await binary.mayRun("Watching")) await watching.start(folder, "pytest", ["pytest"]);
  };
  context.subscriptions.push(
    watching,
    vscode.tasks.onDidEndTask(({ execution }) => watching.ended(execution)),
    vscode.commands.registerCommand("connie.watchFile", watchFile),
    vscode.commands.registerCommand("connie.watchTests", watchTests),
    vscode.commands.registerCommand("connie.stopWatching", () => watching.stop()),
  );
}
