"use strict";
const vscode = require("vscode");

exports.activate = async (context) => {
  const tests = vscode.tests.createTestController("python-tests", "Python Tests");
  context.subscriptions.push(tests);
  const [folder] = vscode.workspace.workspaceFolders;
  for (const [name] of await vscode.workspace.fs.readDirectory(folder.uri)) {
    if (!/^test_.*\.py$/.test(name)) continue;
    const uri = vscode.Uri.joinPath(folder.uri, name);
    const file = tests.createTestItem(uri.fsPath, "the tests", uri);
    tests.items.add(file);
    const document = await vscode.workspace.openTextDocument(uri);
    for (const found of document.getText().matchAll(/def (test_\w+)\((n?)/g)) {
      const [, test, parameter] = found;
      const at = document.positionAt(found.index);
      for (const label of parameter ? [`${test}[1]`, `${test}[2]`] : [test]) {
        const item = tests.createTestItem(`${uri.fsPath}::${label}`, label, uri);
        item.range = new vscode.Range(at, at);
        file.children.add(item);
      }
    }
  }
};
