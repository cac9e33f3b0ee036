// Shows the output of `connie compare` in an editor.
import * as path from "node:path";
import * as vscode from "vscode";
import * as binary from "./binary";
import { oneLine, type Recording } from "./wording";

const SCHEME = "connie-compare";
/** Exit codes of `connie compare`: the runs are equal, or they differ. */
const FINE = [0, 1];

/** The URI of a comparison: a name for people, and the two files. */
function address(left: Recording, right: Recording): vscode.Uri {
  const program = (recording: Recording) => oneLine(path.basename(recording.program)).replaceAll("/", "∕");
  const time = (recording: Recording) => recording.started.slice(-8);
  const again = program(left) === program(right) ? "" : `${program(right)} `;
  const name = `${program(left)} ${time(left)} ↔ ${again}${time(right)}`;
  return vscode.Uri.from({ scheme: SCHEME, path: `/${name}`, query: JSON.stringify([left.path, right.path]) });
}

/** Shows how two runs differ, the earlier one first. */
export async function show(one: Recording, other: Recording): Promise<void> {
  // For runs that began within one second, the ids give the order.
  const when = ({ started, id }: Recording) => `${started} ${id}`;
  const [left, right] = when(one) <= when(other) ? [one, other] : [other, one];
  const title = "Comparing two recordings";
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title }, async () => {
    const document = await vscode.workspace.openTextDocument(address(left, right));
    await vscode.languages.setTextDocumentLanguage(document, "diff");
    await vscode.window.showTextDocument(document, { preview: true });
  });
}

/** Provides the texts of comparisons. */
export function register(program: () => Promise<string | undefined>): vscode.Disposable[] {
  const provideTextDocumentContent = async ({ query }: vscode.Uri) => {
    const [left, right] = JSON.parse(query) as [string, string];
    const found = await program();
    return found ? binary.run(found, ["compare", "--", left, right], path.dirname(right), FINE) : "";
  };
  return [vscode.workspace.registerTextDocumentContentProvider(SCHEME, { provideTextDocumentContent })];
}
