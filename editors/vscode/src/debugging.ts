// The debugger: how it is started, and what F5 does without a launch.json.
import * as vscode from "vscode";
import * as binary from "./binary";

export const TYPE = "connie";

/** The active debug session, if it is one of connie; otherwise undefined. */
export function session(): vscode.DebugSession | undefined {
  const active = vscode.debug.activeDebugSession;
  return active?.type === TYPE ? active : undefined;
}

function ofFile(file: string): vscode.DebugConfiguration {
  return { type: TYPE, request: "launch", name: "Record and travel", program: file, console: "integratedTerminal" };
}

interface PythonExtension {
  environments?: { getActiveEnvironmentPath(resource?: vscode.Uri): { path: string } };
}

/** The interpreter that was chosen in the Python extension, if that is installed. */
export async function chosenPython(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>("ms-python.python");
  if (!extension) return undefined;
  const api = extension.isActive ? extension.exports : await extension.activate();
  const found = api.environments?.getActiveEnvironmentPath(folder?.uri).path;
  // It may be the folder of an environment, or a bare name if nothing was chosen.
  return found && /python[\d.]*(\.exe)?$/.test(found) && found.includes("/") ? found : undefined;
}

/** Shows what to do with a buffer that has no file. */
function sayUnnamed(): void {
  const text = "connie records files, and this buffer has none. Save it as NAME.py, then press F5 again.";
  void vscode.window.showErrorMessage(text, "Save As…").then((chosen) => {
    if (chosen) void vscode.commands.executeCommand("workbench.action.files.save");
  });
}

/** Whether a configuration refers to the file of the active editor. */
function meansActiveFile(given: vscode.DebugConfiguration): boolean {
  return given.request === "launch" && JSON.stringify(given).includes("${file");
}

class Configurations implements vscode.DebugConfigurationProvider {
  constructor(private readonly extension: vscode.Uri) {}

  /** Checks a configuration before its variables are replaced. If a variable has no value, VS Code shows its own message. */
  async resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    given: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    // With debugServer, an adapter is running already.
    if (given.debugServer === undefined && !(await binary.needed(this.extension))) return undefined;
    const document = vscode.window.activeTextEditor?.document;
    const bare = !given.type && !given.request && !given.name;
    if (document?.isUntitled && (bare || meansActiveFile(given))) {
      sayUnnamed();
      return undefined;
    }
    if (!bare) return given;
    if (document?.languageId !== "python" || document.uri.scheme !== "file") {
      void vscode.window.showErrorMessage(
        "Open the Python file to record, or add a connie configuration to launch.json.",
      );
      return undefined;
    }
    return ofFile(document.fileName);
  }

  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    given: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    const records = given.request === "launch" || given.processId !== undefined;
    if (records && !(await binary.mayRun("Recording"))) return undefined;
    if (given.request === "launch" && !given.python && !given.pythonPath) {
      const python = await chosenPython(folder);
      if (python) given.python = python;
    }
    if (!given.cwd && folder) given.cwd = folder.uri.fsPath;
    return given;
  }

  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    return [{ ...ofFile("${file}"), name: "Python: record and travel" }];
  }
}

/** Records and opens a file without any configuration. */
async function recordFile(uri?: vscode.Uri): Promise<void> {
  const file = uri ?? vscode.window.activeTextEditor?.document.uri;
  if (file?.scheme === "untitled") return sayUnnamed();
  if (!file || !(await binary.mayRun("Recording"))) return;
  const folder = vscode.workspace.getWorkspaceFolder(file);
  await vscode.debug.startDebugging(folder, ofFile(file.fsPath));
}

export function register(context: vscode.ExtensionContext): void {
  const configurations = new Configurations(context.extensionUri);
  context.subscriptions.push(
    vscode.debug.registerDebugConfigurationProvider(TYPE, configurations),
    vscode.debug.registerDebugConfigurationProvider(
      TYPE,
      { provideDebugConfigurations: () => configurations.provideDebugConfigurations() },
      vscode.DebugConfigurationProviderTriggerKind.Dynamic,
    ),
    vscode.debug.registerDebugAdapterDescriptorFactory(TYPE, {
      async createDebugAdapterDescriptor(session) {
        // The program existed when the configuration was resolved.
        const program = await binary.needed(context.extensionUri);
        if (!program) return undefined;
        const cwd = session.workspaceFolder?.uri.fsPath;
        return new vscode.DebugAdapterExecutable(program, ["dap"], cwd ? { cwd } : {});
      },
    }),
    vscode.commands.registerCommand("connie.recordFile", recordFile),
  );
}
