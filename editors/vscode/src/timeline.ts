// The Timeline view: the current step, marks, calls, and the output. The drawing
// is in media/timeline.js.
import * as vscode from "vscode";
import { session, TYPE } from "./debugging";
import { seek, type Write } from "./travel";

/** The answer to `connie/timeline`; see docs/debug-adapter.md. */
interface Run {
  steps: number;
  step: number;
  result: string;
  recording: string;
  output: { step: number; category: string; text: string }[];
  next: number | null;
}

/** What the page of the view sends. */
interface Message {
  seek?: number;
  ready?: boolean;
  /** The number of a question, the request that answers it, and its arguments. */
  ask?: number;
  request?: string;
  given?: object;
}

/** The requests that the page may make. */
const REQUESTS = ["connie/flame", "connie/call"];
/** The maximum number of pieces of output that are shown. */
const OUTPUT = 5000;
/** The delay between an event and the next request, in milliseconds. */
const PAUSE = 100;
/** The interval at which a run in progress is read again, in milliseconds. */
const GROWTH = 500;

/** Asks the debug adapter a question of the page. */
async function answer({ request = "", given }: Message): Promise<{ body: unknown } | { error: string }> {
  try {
    if (!REQUESTS.includes(request)) throw new Error(`the timeline does not ask ${request}`);
    const body: unknown = await session()?.customRequest(request, given);
    return { body };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

export class Timeline implements vscode.WebviewViewProvider {
  private view: vscode.WebviewView | undefined;
  private waiting: NodeJS.Timeout | undefined;
  private output: Run["output"] = [];
  private revealed: string | undefined;
  private recording: string | undefined;
  private read = 0;

  constructor(private readonly media: vscode.Uri) {}

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    const { webview } = view;
    webview.options = { enableScripts: true, localResourceRoots: [this.media] };
    const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(this.media, name)).toString();
    const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src ${webview.cspSource};`;
    webview.html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="${policy}">
      <link rel="stylesheet" href="${file("flame.css")}">
      <link rel="stylesheet" href="${file("timeline.css")}"></head>
      <body><script type="module" src="${file("timeline.js")}"></script></body></html>`;
    webview.onDidReceiveMessage(async (message: Message) => {
      if (message.seek !== undefined) {
        await seek(message.seek);
        // A drag waits for this answer before it sends the next request.
        await webview.postMessage({ arrived: message.seek });
      }
      if (message.ask !== undefined) await webview.postMessage({ answer: message.ask, ...(await answer(message)) });
      if (message.ready) this.forget();
    });
    view.onDidDispose(() => (this.view = undefined));
  }

  /** Draws the values of an expression over the run. */
  async showHistory(expression: string, writes: Write[]): Promise<void> {
    await vscode.commands.executeCommand("connie.timeline.focus");
    await this.view?.webview.postMessage({ history: { expression, writes } });
  }

  /** Resets the view for another session. */
  forget(): void {
    this.output = [];
    this.read = 0;
    this.soon();
  }

  soon(pause = PAUSE): void {
    this.waiting ??= setTimeout(() => {
      this.waiting = undefined;
      void this.refresh();
    }, pause);
  }

  private async refresh(): Promise<void> {
    const active = session();
    if (!active) return;
    let run: Run;
    try {
      run = (await active.customRequest("connie/timeline", { after: this.read })) as Run;
    } catch {
      // Nothing is recorded yet.
      return;
    }
    if (this.recording !== run.recording) {
      // The session is another one, or was restarted.
      this.recording = run.recording;
      this.output = [];
      if (this.read > 0) {
        this.read = 0;
        return this.refresh();
      }
    }
    // Show the timeline once per run, when nothing needs the terminal any more.
    const wanted = vscode.workspace.getConfiguration("connie").get("revealTimeline", true);
    const which = `${active.id} ${run.recording}`;
    if (wanted && this.revealed !== which && run.result !== "recording") {
      this.revealed = which;
      await vscode.commands.executeCommand("connie.timeline.focus", { preserveFocus: true });
    }
    if (run.result === "recording") this.soon(GROWTH);
    if (!this.view) return;
    this.read = run.output.at(-1)?.step ?? this.read;
    this.output = this.output.concat(run.output).slice(-OUTPUT);
    await this.view.webview.postMessage({ run: { ...run, output: this.output } });
    if (run.next !== null) this.soon();
  }
}

export function register(context: vscode.ExtensionContext): Timeline {
  const timeline = new Timeline(vscode.Uri.joinPath(context.extensionUri, "media"));
  const heard = (message: { type?: string; event?: string }) => {
    const moves = message.type === "event" && ["stopped", "output", "breakpoint"].includes(message.event ?? "");
    if (moves) timeline.soon();
  };
  context.subscriptions.push(
    vscode.window.registerWebviewViewProvider("connie.timeline", timeline),
    vscode.debug.registerDebugAdapterTrackerFactory(TYPE, {
      createDebugAdapterTracker: () => ({ onDidSendMessage: heard }),
    }),
    vscode.debug.onDidChangeActiveDebugSession(() => timeline.forget()),
    vscode.debug.onDidChangeBreakpoints(() => timeline.soon()),
  );
  return timeline;
}
