// Exports a recording with `connie export`.
import * as path from "node:path";
import * as vscode from "vscode";
import * as binary from "./binary";
import type { Recording } from "./wording";

/** The formats: a label, the value for `--format`, and the file extension. */
const KINDS = [
  {
    label: "Page",
    detail: "One HTML file: sources with values beside them, tracebacks, functions, output",
    format: "html",
    extension: "html",
  },
  {
    label: "Recording",
    detail: "One .connie file, which connie opens elsewhere",
    format: "recording",
    extension: "connie",
  },
  {
    label: "Trace of the calls",
    detail: "One JSON file on a time line, for Perfetto, speedscope or chrome://tracing",
    format: "trace",
    extension: "trace.json",
  },
];

/** Asks for the format and the file, and exports. */
export async function exportRecording(program: string, recording: Recording): Promise<void> {
  const kind = await vscode.window.showQuickPick(KINDS, { title: "Choose the format of the export" });
  if (!kind) return;
  const name = path.basename(recording.path, path.extname(recording.path));
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path.dirname(recording.path));
  const target = await vscode.window.showSaveDialog({
    title: "Export: the file contains recorded values and sources",
    defaultUri: vscode.Uri.joinPath(folder, `${name}.${kind.extension}`),
    filters: { [kind.label]: [kind.extension.split(".").at(-1) ?? kind.extension] },
  });
  if (!target) return;
  const args = ["export", "--format", kind.format, "--output", target.fsPath, "--force", "--", recording.path];
  const title = `Exporting ${path.basename(target.fsPath)}`;
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, () =>
    binary.run(program, args, path.dirname(recording.path)),
  );
  void vscode.window.showInformationMessage(`Exported to ${target.fsPath}`, "Reveal in File Manager").then((chosen) => {
    if (chosen) void vscode.commands.executeCommand("revealFileInOS", target);
  });
}
