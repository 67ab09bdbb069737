/** What keeps the server from running, as a sentence with a way out. */

import * as vscode from "vscode";

/** A button of a message. */
export interface Way {
  readonly title: string;
  readonly command: string;
  readonly arguments?: readonly unknown[];
}

/** An error whose message is meant for the person at the keyboard. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    message: string,
    readonly ways: readonly Way[] = [],
  ) {
    super(message);
  }
}

export const SHOW_LOG: Way = { title: "Show Log", command: "ssotLsp.showLog" };
export const RESTART: Way = { title: "Restart", command: "ssotLsp.restart" };
export const RELOAD: Way = { title: "Reload Window", command: "workbench.action.reloadWindow" };
export const COPY_DEBUG_INFO: Way = { title: "Copy Debug Info", command: "ssotLsp.copyDebugInfo" };

/** The button that leads to a setting, or to all of them. */
export function settingOf(name?: string): Way {
  const query = name ? `@id:${name}` : "@ext:ssot-lsp.ssot-lsp";
  return { title: "Open Settings", command: "workbench.action.openSettings", arguments: [query] };
}

/** The button that leads to the choice of an interpreter: the Python extension's, or the setting. */
export function selectInterpreter(): Way {
  return vscode.extensions.getExtension("ms-python.python")
    ? { title: "Select Interpreter", command: "python.setInterpreter" }
    : settingOf("ssot-lsp.interpreter");
}

/** Show `problem` and do what is chosen; the log is one click away from each. */
export async function show(problem: Problem, severity: "error" | "warning" = "error"): Promise<void> {
  const ways = problem.ways.includes(SHOW_LOG) ? problem.ways : [...problem.ways, SHOW_LOG];
  const window = severity === "error" ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
  const titles = ways.map((each) => each.title);
  const chosen = await window(`ssot-lsp: ${problem.message}`, ...titles);
  const way = ways.find((each) => each.title === chosen);
  if (way) {
    await vscode.commands.executeCommand(way.command, ...(way.arguments ?? []));
  }
}
