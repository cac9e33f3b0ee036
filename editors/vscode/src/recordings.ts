// The Recordings view: recordings of the workspace's folders, the newest first.
import * as path from "node:path";
import * as vscode from "vscode";
import { counted } from "../media/amounts";
import * as binary from "./binary";
import * as comparing from "./comparing";
import { TYPE } from "./debugging";
import { exportRecording } from "./exporting";
import * as server from "./server";
import { ago, details, mood, oneLine, outcome, type Recording } from "./wording";

/** The interval at which ages are updated, in milliseconds. */
const MINUTE = 60_000;
/** The maximum time between the clicks of a double click, in milliseconds. */
const DOUBLE_CLICK = 600;
/** The argument of a command that was invoked by a key. */
const SELECTED = "selected";

const ICONS = new Map<string, [string, string?]>([
  ["good", ["pass", "testing.iconPassed"]],
  ["live", ["record", "debugIcon.breakpointForeground"]],
  ["warning", ["warning"]],
]);

function icon(recording: Recording): vscode.ThemeIcon {
  const [name, color] = ICONS.get(mood(recording)) ?? ["error", "testing.iconFailed"];
  return new vscode.ThemeIcon(name, color ? new vscode.ThemeColor(color) : undefined);
}

/** The recordings of a folder's project; an empty list if there are none. */
export async function listed(program: string, folder: string): Promise<Recording[]> {
  try {
    return JSON.parse(await binary.run(program, ["list", "--format", "json"], folder)) as Recording[];
  } catch {
    return [];
  }
}

class Item extends vscode.TreeItem {
  constructor(readonly recording: Recording) {
    const given = recording.arguments ? ` ${oneLine(recording.arguments)}` : "";
    super(oneLine(vscode.workspace.asRelativePath(recording.program), 200) + given);
    this.id = recording.path;
    this.description = `${ago(recording.started)} · ${outcome(recording)}`;
    this.contextValue = "recording";
    this.iconPath = icon(recording);
    this.tooltip = details(recording);
    this.command = { command: "connie.clickRecording", title: "Open", arguments: [this] };
  }
}

class Recordings implements vscode.TreeDataProvider<Item> {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private known: Recording[] | undefined;

  constructor(private readonly extension: vscode.Uri) {}

  refresh(): void {
    this.known = undefined;
    this.changed.fire(undefined);
  }

  /** Updates the texts that show an age. */
  tick(): void {
    this.changed.fire(undefined);
  }

  getTreeItem(item: Item): Item {
    return item;
  }

  async getChildren(): Promise<Item[]> {
    this.known ??= await this.all();
    return this.known.map((recording) => new Item(recording));
  }

  /** All recordings, the newest first. */
  async all(): Promise<Recording[]> {
    const program = binary.find(this.extension);
    if (!program) return [];
    const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
    const all = (await Promise.all(folders.map((folder) => listed(program, folder)))).flat();
    // Folders of one project list the same recordings; each list is sorted.
    const known = new Map(all.map((recording) => [recording.path, recording]));
    return [...known.values()].sort((a, b) => b.started.localeCompare(a.started));
  }

  async choose(title: string, without?: Recording): Promise<Recording | undefined> {
    const items = (await this.all())
      .filter((recording) => recording.path !== without?.path)
      .map((recording) => {
        const { label, description } = new Item(recording);
        const detail = `${recording.started} · ${counted(recording.steps, "step")}`;
        return { label: label as string, description: String(description), detail, recording };
      });
    if (items.length === 0) {
      const more = without ? "another" : "a";
      void vscode.window.showInformationMessage(
        `This project has no ${without ? "other " : ""}recordings: record ${more} run first.`,
      );
      return undefined;
    }
    return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.recording;
  }
}

/** The URI by which the server finds the project. */
function here(): string | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  return uri?.toString();
}

/** Opens a recording at a double click. A single click only selects it. */
function doubleClicks(): (item: Item) => void {
  let last: { path: string; when: number } | undefined;
  return (item) => {
    const { path } = item.recording;
    const again = last?.path === path && Date.now() - last.when < DOUBLE_CLICK;
    last = again ? undefined : { path, when: Date.now() };
    if (again) void vscode.commands.executeCommand("connie.openRecording", item);
  };
}

export function register(context: vscode.ExtensionContext): void {
  const recordings = new Recordings(context.extensionUri);
  const view = vscode.window.createTreeView("connie.recordings", {
    treeDataProvider: recordings,
    canSelectMany: true,
    showCollapseAll: false,
  });
  const on = (name: string, title: string, run: (recording: Recording, all: Recording[]) => unknown) =>
    vscode.commands.registerCommand(`connie.${name}`, async (given?: Item | typeof SELECTED, selected?: Item[]) => {
      const item = given === SELECTED ? view.selection[0] : given;
      const recording = item?.recording ?? (await recordings.choose(title));
      if (!recording) return;
      // The clicked recording may not be part of the selection.
      const together = selected?.some((one) => one.id === item?.id)
        ? selected.map((one) => one.recording)
        : [recording];
      try {
        await run(recording, together);
      } catch (error) {
        void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
      }
      recordings.refresh();
    });
  const clock = setInterval(() => {
    if (view.visible) recordings.tick();
  }, MINUTE);
  const watcher = vscode.workspace.createFileSystemWatcher("**/.connie/*.connie");
  // A run writes often: reading once a second is enough.
  let waiting: NodeJS.Timeout | undefined;
  const soon = () => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      recordings.refresh();
    }, 1000);
  };
  const program = () => binary.needed(context.extensionUri);
  context.subscriptions.push(
    view,
    { dispose: () => clearInterval(clock) },
    watcher,
    watcher.onDidCreate(soon),
    watcher.onDidChange(soon),
    watcher.onDidDelete(soon),
    vscode.debug.onDidStartDebugSession(soon),
    vscode.debug.onDidTerminateDebugSession(soon),
    vscode.commands.registerCommand("connie.refreshRecordings", () => recordings.refresh()),
    ...comparing.register(program),
    vscode.commands.registerCommand("connie.clickRecording", doubleClicks()),
    on("openRecording", "Open which recording?", ({ path: file, program }) =>
      vscode.debug.startDebugging(undefined, { type: TYPE, request: "attach", name: program, recording: file }),
    ),
    on("compareRecordings", "Compare which recording?", async (recording, selected) => {
      if (selected.length > 2)
        throw new Error(`Select two recordings to compare; ${String(selected.length)} are selected.`);
      const other =
        selected.find((one) => one.path !== recording.path) ??
        (await recordings.choose(`Compare ${path.basename(recording.program)} with which recording?`, recording));
      if (other) await comparing.show(recording, other);
    }),
    on("chooseRecording", "Show values of which recording?", ({ path: file }) =>
      server.ask("connie.selectRecording", here(), file),
    ),
    on("browseRecording", "Open which recording in a browser?", ({ path: file }) =>
      server.ask("connie.openInViewer", here(), null, file),
    ),
    on("deleteRecording", "Delete which recording?", async (recording, selected) => {
      const what =
        selected.length > 1 ? `${String(selected.length)} recordings` : `the recording of ${recording.program}`;
      const sure = await vscode.window.showWarningMessage(`Delete ${what}?`, { modal: true }, "Delete");
      const found = sure && (await program());
      if (!found) return;
      for (const { path: file } of selected)
        await binary.run(found, ["delete", "--yes", "--", file], path.dirname(file));
    }),
    on("revealRecording", "Reveal which recording?", ({ path: file }) =>
      vscode.commands.executeCommand("revealFileInOS", vscode.Uri.file(file)),
    ),
    on("exportRecording", "Export which recording?", async (recording) => {
      const found = await program();
      if (found) await exportRecording(found, recording);
    }),
  );
}
