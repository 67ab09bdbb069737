/** The extension: a server for the Python tests of this window, its commands and its item in the status bar. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { registerCommands } from "./commands";
import { onDidSelectInterpreter } from "./interpreter";
import { Problem, settingOf, show } from "./problem";
import { Server } from "./server";
import { readSettings, SECTION } from "./settings";
import { Status } from "./status";

let server: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const began = performance.now();
  const log = vscode.window.createOutputChannel("ssot-lsp", { log: true });
  const bundle = context.asAbsolutePath("bundled");
  const { version } = context.extension.packageJSON as { version: string };
  const hasBundle = existsSync(join(bundle, "launch.py")); // the universal package has none
  server = new Server(hasBundle ? bundle : undefined, context.globalStorageUri.fsPath, version, log);
  const settings = readSettings();
  const status = new Status(server, settings.statusBar);
  complain(settings.problems);
  context.subscriptions.push(log, status, registerCommands(server), ...listeners(server, status));
  void server.restart();
  log.info(`ssot-lsp ${version} was activated in ${Math.round(performance.now() - began)} ms`);
}

/** VS Code waits for this before it ends the process. */
export async function deactivate(): Promise<void> {
  await server?.stop();
}

function listeners(server: Server, status: Status): vscode.Disposable[] {
  let isDisposed = false;
  const later: vscode.Disposable[] = [];
  void onDidSelectInterpreter(() => void server.restart()).then((listener) => {
    if (listener && isDisposed) {
      listener.dispose();
    } else if (listener) {
      later.push(listener);
    }
  });
  return [
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(SECTION)) {
        return;
      }
      const settings = readSettings();
      complain(settings.problems);
      status.setWanted(settings.statusBar);
      if (["importStrategy", "interpreter"].some((each) => event.affectsConfiguration(`${SECTION}.${each}`))) {
        void server.restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
    new vscode.Disposable(() => {
      isDisposed = true;
      for (const each of later) {
        each.dispose();
      }
    }),
  ];
}

function complain(problems: readonly string[]): void {
  for (const each of problems) {
    void show(new Problem(each, [settingOf()]), "warning");
  }
}
