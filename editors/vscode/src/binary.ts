// Finds the connie program: by the setting, in the extension, or on the PATH.
import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";

const NAME = process.platform === "win32" ? "connie.exe" : "connie";

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The program's path; undefined if there is none. */
export function find(extension: vscode.Uri): string | undefined {
  const set = vscode.workspace.getConfiguration("connie").get<string>("path", "").trim();
  // If the workspace is not trusted, VS Code ignores its settings.
  if (set) {
    // A path in the settings is used even if it is wrong, so that the user sees the error.
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
    const file = path.resolve(folder, set.replace("${workspaceFolder}", folder));
    return isProgram(file) ? file : undefined;
  }
  const bundled = path.join(extension.fsPath, "bin", NAME);
  // A relative folder on the PATH would be a folder of the workspace.
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const onPath = folders.map((folder) => path.join(folder, NAME));
  return [bundled, ...onPath].find(isProgram);
}

let said = false;

/** The program's path. If there is none, shows how to get it. */
export async function needed(extension: vscode.Uri, again = true): Promise<string | undefined> {
  const found = find(extension);
  if (found || (said && !again)) return found;
  said = true;
  const set = vscode.workspace.getConfiguration("connie").get<string>("path", "");
  const text = set
    ? `connie.path is set to ${set}, where no program is.`
    : "The program connie was not found, neither in the extension nor on the PATH. " +
      "Build it with `cargo install --path cli` in a checkout of connie's repository, or set connie.path.";
  void vscode.window.showErrorMessage(text, "Open Settings").then((chosen) => {
    if (chosen) void vscode.commands.executeCommand("workbench.action.openSettings", "connie.path");
  });
  return undefined;
}

/** Whether programs of the workspace may run. Asks the user if the workspace is not trusted. */
export async function mayRun(what: string): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const text = `${what} runs code of this folder, which is not trusted.`;
  const chosen = await vscode.window.showWarningMessage(text, "Manage Trust");
  if (chosen) await vscode.commands.executeCommand("workbench.trust.manage");
  return vscode.workspace.isTrusted;
}

/** The output of `connie ARGUMENTS`; `fine` lists the exit codes that are not failures. */
export async function run(program: string, args: string[], cwd: string, fine: number[] = [0]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { cwd, maxBuffer: 64 << 20 })).stdout;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (stdout !== undefined && fine.some((one) => one === code)) return stdout;
    const said = stderr?.trim();
    throw said ? new Error(said) : error;
  }
}
