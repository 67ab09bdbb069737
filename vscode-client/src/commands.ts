/** What the palette and the menu of the status bar item offer. */

import * as vscode from "vscode";
import { Problem, show } from "./problem";
import { run } from "./process";
import { chosenFolder, showReport } from "./report";
import type { Server } from "./server";

/** Register the commands; what goes wrong in one is said. */
export function registerCommands(server: Server): vscode.Disposable {
  const commands: Record<string, () => Promise<void>> = {
    "ssotLsp.restart": () => server.restart(),
    "ssotLsp.fixWorkspace": () => fixWorkspace(server),
    "ssotLsp.showReport": () => showReport(server),
    "ssotLsp.writeBaseline": () => told(server, "ssot-lsp.writeBaseline"),
    "ssotLsp.setUp": () => setUp(server),
    "ssotLsp.showLog": () => {
      server.log.show();
      return Promise.resolve();
    },
    "ssotLsp.copyDebugInfo": () => copyDebugInfo(server),
    "ssotLsp.menu": () => menu(),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([name, command]) =>
      vscode.commands.registerCommand(name, async () => {
        try {
          await command();
        } catch (error) {
          server.log.error(`${name}: ${String(error)}`);
          const said = error instanceof Error ? error.message : String(error);
          void show(error instanceof Problem ? error : new Problem(said));
        }
      }),
    ),
  );
}

/** Have the server do it, and tell what it says of what was done. */
async function told(server: Server, command: string, ...given: readonly unknown[]): Promise<void> {
  const done = (await server.execute<string | null>(command, ...given))?.trim();
  if (done) {
    server.log.info(done);
    void vscode.window.showInformationMessage(`ssot-lsp: ${done.split("\n").join("; ")}`);
  }
}

/** Fix all at once, or what is ticked in VS Code's preview, where at first nothing is. */
async function fixWorkspace(server: Server): Promise<void> {
  const [atOnce, byTicking] = ["Fix All", "Choose in a Preview"];
  const chosen = await vscode.window.showInformationMessage(
    "Apply everything that is safe to apply, in all files of the workspace?",
    { modal: true, detail: "What needs a look by a person is left alone. It can be undone." },
    atOnce,
    byTicking,
  );
  if (chosen) {
    await told(server, "ssot-lsp.fixWorkspace", { preview: chosen === byTicking });
  }
}

/** Write the configuration for what there is, and, if wanted, a factory to start from; the files are shown. */
async function setUp(server: Server): Promise<void> {
  const folder = await chosenFolder("The folder to set up", "there is no folder to set up: open one first");
  if (!folder) {
    return;
  }
  const [settingsOnly, withFactory] = ["For What There Is", "With a Factory to Start From"];
  const chosen = await vscode.window.showInformationMessage(
    `Write \`[tool.ssot-lsp]\` into the pyproject.toml of ${folder.name}?`,
    {
      modal: true,
      detail: "A project without a factory can have one written: plain code, yours from then on. What is there already is left alone.",
    },
    settingsOnly,
    withFactory,
  );
  if (!chosen) {
    return;
  }
  const given = chosen === withFactory ? ["--scaffold"] : [];
  const done = await run(await server.commandLine("init", ...given, folder.uri.fsPath));
  server.log.info(done.output, done.errors);
  if (done.code !== 0) {
    throw new Problem(`nothing was set up: ${done.errors.trim().split("\n").at(-1) ?? "no reason was given"}`);
  }
  void vscode.window.showInformationMessage(`ssot-lsp: ${done.output.trim().split("\n").join("; ")}`);
}

async function copyDebugInfo(server: Server): Promise<void> {
  await vscode.env.clipboard.writeText(await server.debugInfo());
  void vscode.window.showInformationMessage("ssot-lsp: the debug info is in the clipboard");
}

interface Entry extends vscode.QuickPickItem {
  readonly command: string;
  readonly arguments?: readonly unknown[];
}

const MENU: readonly Entry[] = [
  {
    label: "$(wand) Fix all in this file",
    command: "editor.action.codeAction",
    arguments: [{ kind: "source.fixAll.ssot-lsp", apply: "first" }],
  },
  { label: "$(tools) Fix all in the workspace", command: "ssotLsp.fixWorkspace" },
  { label: "$(graph) Show the report", command: "ssotLsp.showReport" },
  { label: "$(archive) Write a baseline", command: "ssotLsp.writeBaseline" },
  { label: "$(new-file) Set up this project", command: "ssotLsp.setUp" },
  { label: "$(list-unordered) Show the findings", command: "workbench.actions.view.problems" },
  { label: "$(output) Show the log", command: "ssotLsp.showLog" },
  { label: "$(clippy) Copy debug info", command: "ssotLsp.copyDebugInfo" },
  { label: "$(debug-restart) Restart the server", command: "ssotLsp.restart" },
  { label: "$(gear) Open the settings", command: "workbench.action.openSettings", arguments: ["@ext:ssot-lsp.ssot-lsp"] },
];

async function menu(): Promise<void> {
  const chosen = await vscode.window.showQuickPick(MENU, { placeHolder: "ssot-lsp" });
  if (chosen) {
    await vscode.commands.executeCommand(chosen.command, ...(chosen.arguments ?? []));
  }
}
