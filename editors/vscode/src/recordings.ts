// The Recordings view: those of the workspace's folders, the newest first.
import * as path from "node:path";
import * as vscode from "vscode";
import * as binary from "./binary";
import { TYPE } from "./debugging";
import * as server from "./server";

/** As `connie list --format json` tells it. */
export interface Recording {
  id: string;
  started: string;
  program: string;
  result: string;
  steps: number;
  size: number;
  path: string;
}

const ICONS: Record<string, [string, string?]> = {
  ok: ["pass", "testing.iconPassed"],
  recording: ["record", "debugIcon.breakpointForeground"],
  exception: ["error", "testing.iconFailed"],
  failed: ["error", "testing.iconFailed"],
  signal: ["error", "testing.iconFailed"],
  cut: ["warning"],
};

/** The recordings of a folder's project; none where there is no such thing. */
export async function listed(program: string, folder: string): Promise<Recording[]> {
  try {
    return JSON.parse(await binary.run(program, ["list", "--format", "json"], folder)) as Recording[];
  } catch {
    return [];
  }
}

class Item extends vscode.TreeItem {
  constructor(readonly recording: Recording) {
    super(vscode.workspace.asRelativePath(recording.program));
    this.id = recording.path;
    this.description = `${recording.started} · ${recording.steps.toLocaleString()} steps`;
    this.contextValue = "recording";
    const [icon, color] = ICONS[recording.result] ?? ["circle"];
    this.iconPath = new vscode.ThemeIcon(icon, color ? new vscode.ThemeColor(color) : undefined);
    const size = (recording.size / 1024 / 1024).toFixed(1);
    this.tooltip = `${recording.program}: ${recording.result}\n${recording.id}, ${size} MiB\n${recording.path}`;
    this.command = { command: "connie.openRecording", title: "Open", arguments: [this] };
  }
}

class Recordings implements vscode.TreeDataProvider<Item> {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly extension: vscode.Uri) {}

  refresh(): void {
    this.changed.fire(undefined);
  }

  getTreeItem(item: Item): Item {
    return item;
  }

  async getChildren(): Promise<Item[]> {
    return (await this.all()).map((recording) => new Item(recording));
  }

  async all(): Promise<Recording[]> {
    const program = binary.find(this.extension);
    if (!program) return [];
    const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
    const all = (await Promise.all(folders.map((folder) => listed(program, folder)))).flat();
    // Folders of one project list the same recordings.
    const known = new Map(all.map((recording) => [recording.path, recording]));
    return [...known.values()].sort((a, b) => b.id.localeCompare(a.id));
  }

  async choose(title: string): Promise<Recording | undefined> {
    const items = (await this.all()).map((recording) => {
      const { label, description } = new Item(recording);
      return { label: label as string, description: String(description), detail: recording.result, recording };
    });
    return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.recording;
  }
}

/** What the server finds the project by. */
function here(): string | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  return uri?.toString();
}

async function share(recording: Recording): Promise<void> {
  const name = path.basename(recording.path);
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.dirname(recording.path));
  const target = await vscode.window.showSaveDialog({
    title: "Save a copy: whoever has it sees every recorded value and the source that ran",
    defaultUri: vscode.Uri.joinPath(folder, name),
    filters: { Recordings: ["connie"] },
  });
  if (target) await vscode.workspace.fs.copy(vscode.Uri.file(recording.path), target, { overwrite: true });
}

export function register(context: vscode.ExtensionContext): void {
  const recordings = new Recordings(context.extensionUri);
  const on = (name: string, title: string, run: (recording: Recording) => unknown) =>
    vscode.commands.registerCommand(`connie.${name}`, async (item?: Item) => {
      const recording = item?.recording ?? (await recordings.choose(title));
      if (!recording) return;
      try {
        await run(recording);
      } catch (error) {
        void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
      }
      recordings.refresh();
    });
  const watcher = vscode.workspace.createFileSystemWatcher("**/.connie/*.connie");
  // A run writes often: one look a second is enough.
  let waiting: NodeJS.Timeout | undefined;
  const soon = () => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      recordings.refresh();
    }, 1000);
  };
  context.subscriptions.push(
    vscode.window.registerTreeDataProvider("connie.recordings", recordings),
    watcher,
    watcher.onDidCreate(soon),
    watcher.onDidChange(soon),
    watcher.onDidDelete(soon),
    vscode.debug.onDidStartDebugSession(soon),
    vscode.debug.onDidTerminateDebugSession(soon),
    vscode.commands.registerCommand("connie.refreshRecordings", () => recordings.refresh()),
    on("openRecording", "Open which recording?", ({ path: file, program }) =>
      vscode.debug.startDebugging(undefined, { type: TYPE, request: "attach", name: program, recording: file }),
    ),
    on("chooseRecording", "Show values of which recording?", ({ path: file }) => server.ask("connie.selectRecording", here(), file)),
    on("browseRecording", "Open which recording in a browser?", ({ path: file }) => server.ask("connie.openInViewer", here(), null, file)),
    on("deleteRecording", "Delete which recording?", async ({ path: file, program }) => {
      const sure = await vscode.window.showWarningMessage(`Delete the recording of ${program}?`, { modal: true }, "Delete");
      const found = sure && (await binary.needed(context.extensionUri));
      if (found) await binary.run(found, ["delete", "--yes", file], path.dirname(file));
    }),
    on("revealRecording", "Reveal which recording?", ({ path: file }) =>
      vscode.commands.executeCommand("revealFileInOS", vscode.Uri.file(file)),
    ),
    on("shareRecording", "Share which recording?", share),
  );
}
