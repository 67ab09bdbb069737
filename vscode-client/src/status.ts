/** The item in the status bar: the findings of the open file, and how the server is. */

import * as vscode from "vscode";
import type { Server } from "./server";
import { SECTION } from "./settings";

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("ssot-lsp.status", vscode.StatusBarAlignment.Right, 50);
  private readonly listeners: vscode.Disposable;

  constructor(
    private readonly server: Server,
    private isWanted: boolean,
  ) {
    this.item.name = "ssot-lsp";
    this.item.command = "ssotLsp.menu";
    this.listeners = vscode.Disposable.from(
      server.onDidChange(() => {
        this.update();
      }),
      vscode.window.onDidChangeActiveTextEditor(() => {
        this.update();
      }),
      vscode.languages.onDidChangeDiagnostics(({ uris }) => {
        const open = vscode.window.activeTextEditor?.document.uri.toString();
        if (uris.some((each) => each.toString() === open)) {
          this.update();
        }
      }),
    );
    this.update();
  }

  /** Show the item, or take it away. */
  setWanted(isWanted: boolean): void {
    this.isWanted = isWanted;
    this.update();
  }

  dispose(): void {
    this.listeners.dispose();
    this.item.dispose();
  }

  private update(): void {
    const document = vscode.window.activeTextEditor?.document;
    const { health, work } = this.server;
    const isConcerned = document?.languageId === "python" || health.is === "failed";
    if (!this.isWanted || !isConcerned) {
      this.item.hide();
      return;
    }
    const [text, tooltip] = this.words(document);
    this.item.text = text;
    this.item.tooltip = work ? `${tooltip}\n${work}` : tooltip;
    this.item.accessibilityInformation = { label: tooltip };
    this.item.backgroundColor =
      health.is === "failed" ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
    this.item.show();
  }

  private words(document: vscode.TextDocument | undefined): [string, string] {
    const { health, work } = this.server;
    switch (health.is) {
      case "starting":
        return ["$(sync~spin) ssot-lsp", "ssot-lsp is starting"];
      case "restarting":
        return ["$(sync~spin) ssot-lsp", `ssot-lsp has ended, and starts again in ${health.seconds} s`];
      case "stopped":
        return ["$(circle-slash) ssot-lsp", "ssot-lsp is not running"];
      case "failed":
        return ["$(error) ssot-lsp", `ssot-lsp is not running: ${health.why}`];
      case "running": {
        const count = document ? findings(document.uri) : 0;
        const sign = work ? "$(sync~spin)" : count ? "$(warning)" : "$(check)";
        return [`${sign} ssot-lsp: ${count}`, count === 1 ? "1 finding in this file" : `${count || "No"} findings in this file`];
      }
    }
  }
}

/** How many findings a file has that `ssot-lsp check` would show: hints are none of them. */
function findings(uri: vscode.Uri): number {
  return vscode.languages
    .getDiagnostics(uri)
    .filter((each) => each.source === SECTION && each.severity <= vscode.DiagnosticSeverity.Warning).length;
}
