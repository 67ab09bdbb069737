/** The report on the workspace, in a tab: what `ssot-lsp report --format html` prints, in the colours of the theme. */

import { randomBytes } from "node:crypto";
import { isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import { Problem, SHOW_LOG } from "./problem";
import { run } from "./process";
import type { Server } from "./server";

let panel: vscode.WebviewPanel | undefined;

/** Make the report and show it; one tab, made anew each time. */
export async function showReport(server: Server): Promise<void> {
  const folder = await chosenFolder("The folder to report on", "there is no folder to report on: open one first");
  if (!folder) {
    return;
  }
  const page = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: "ssot-lsp: making the report", cancellable: true },
    (_, token) => render(server, folder.uri.fsPath, token),
  );
  if (page === undefined) {
    return;
  }
  panel ??= created();
  panel.title = `ssot-lsp: ${folder.name}`;
  panel.webview.html = themed(page);
  const shown = panel;
  const listener = shown.webview.onDidReceiveMessage((link: unknown) => {
    void follow(folder.uri.fsPath, link);
  });
  shown.onDidDispose(() => {
    listener.dispose();
  });
  shown.reveal();
}

/** The folder of the workspace, or the one that is chosen of several; a `Problem` in the words of `none` without any. */
export async function chosenFolder(placeHolder: string, none: string): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 1) {
    return await vscode.window.showWorkspaceFolderPick({ placeHolder });
  }
  if (!folders[0]) {
    throw new Problem(none, [
      { title: "Open Folder", command: "vscode.openFolder" },
    ]);
  }
  return folders[0];
}

function created(): vscode.WebviewPanel {
  const made = vscode.window.createWebviewPanel("ssot-lsp.report", "ssot-lsp", vscode.ViewColumn.Active, {
    enableScripts: true,
    enableFindWidget: true,
    localResourceRoots: [],
  });
  made.onDidDispose(() => {
    panel = undefined;
  });
  return made;
}

/** The page, or undefined where it was cancelled. */
async function render(
  server: Server,
  folder: string,
  token: vscode.CancellationToken,
): Promise<string | undefined> {
  const command = await server.commandLine("report", "--format", "html", folder);
  const { code, output: page, errors } = await run(command, token);
  if (token.isCancellationRequested) {
    return undefined;
  }
  if (code === null || code > 1 || !page) {
    server.log.error(`\`ssot-lsp report\` ended with ${code ?? "a signal"}`, errors);
    const last = errors.trim().split("\n").at(-1);
    throw new Problem(`the report could not be made: ${last ?? `exit code ${code ?? "unknown"}`}`, [SHOW_LOG]);
  }
  return page;
}

/** `page` with the theme's colours, links that lead into the editor, and no script but ours. */
function themed(page: string): string {
  const nonce = randomBytes(16).toString("base64");
  const policy = `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'`;
  const head = `<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>
  body { color: var(--vscode-foreground); background: var(--vscode-editor-background);
    font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); }
  a { color: var(--vscode-textLink-foreground); }
  code, pre { font-family: var(--vscode-editor-font-family); }
  td, th { border-color: var(--vscode-panel-border); }
</style>`;
  const script = `<script nonce="${nonce}">
  const editor = acquireVsCodeApi();
  addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (link && !link.getAttribute("href").startsWith("#")) {
      event.preventDefault();
      editor.postMessage(link.getAttribute("href"));
    }
  });
</script>`;
  const withHead = page.includes("</head>") ? page.replace("</head>", () => `${head}</head>`) : head + page;
  return withHead.includes("</body>") ? withHead.replace("</body>", () => `${script}</body>`) : withHead + script;
}

/** Open the file that a link of the report means, at its line: `tests/test_pay.py#L7`. */
async function follow(folder: string, link: unknown): Promise<void> {
  if (typeof link !== "string" || /^[a-z][a-z+.-]+:/i.test(link)) {
    return; // VS Code opens addresses by itself
  }
  const [path = "", place = ""] = link.split("#");
  const decoded = decodeURIComponent(path);
  const line = Number.parseInt(/^L(\d+)/.exec(place)?.[1] ?? "1", 10) - 1;
  const uri = vscode.Uri.file(isAbsolute(decoded) ? decoded : join(folder, decoded));
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(line, 0, line, 0) });
}
