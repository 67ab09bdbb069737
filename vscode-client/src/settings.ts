/** What is set under `ssot-lsp` that concerns the process and the window; the rest is the server's to read. */

import { homedir } from "node:os";
import * as vscode from "vscode";

export const SECTION = "ssot-lsp";

export type ImportStrategy = "useBundled" | "fromEnvironment";

export interface Settings {
  readonly importStrategy: ImportStrategy;
  /** A path, or empty for none. */
  readonly interpreter: string;
  readonly statusBar: boolean;
  /** What is wrong with values that were left aside, in words. */
  readonly problems: readonly string[];
}

const STRATEGIES: readonly string[] = ["useBundled", "fromEnvironment"] satisfies ImportStrategy[];
const MODES = ["openFilesOnly", "workspace"];
const LEVELS = ["error", "warning", "info", "debug"];

/** The settings as they are now: VS Code checks no types, so a value of the wrong one counts as not set. */
export function readSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const problems: string[] = [];

  const oneOf = (name: string, choices: readonly string[]): string => {
    const value = configuration.get<unknown>(name);
    if (typeof value === "string" && choices.includes(value)) {
      return value;
    }
    if (value !== undefined && value !== null) {
      const words = choices.map((each) => `\`${each}\``).join(" or ");
      problems.push(`\`${SECTION}.${name}\` is ${words}, not \`${JSON.stringify(value)}\``);
    }
    return choices[0] ?? "";
  };

  const importStrategy = oneOf("importStrategy", STRATEGIES) as ImportStrategy;
  oneOf("diagnosticMode", MODES); // the server reads it, and says what is wrong in the log alone
  oneOf("logLevel", LEVELS);
  const interpreter = configuration.get<unknown>("interpreter") ?? "";
  if (typeof interpreter !== "string") {
    problems.push(`\`${SECTION}.interpreter\` is a path, not \`${JSON.stringify(interpreter)}\``);
  }
  const statusBar = configuration.get<unknown>("statusBar") ?? true;
  if (typeof statusBar !== "boolean") {
    problems.push(`\`${SECTION}.statusBar\` is \`true\` or \`false\`, not \`${JSON.stringify(statusBar)}\``);
  }
  return {
    importStrategy,
    interpreter: typeof interpreter === "string" ? expanded(interpreter.trim()) : "",
    statusBar: typeof statusBar === "boolean" ? statusBar : true,
    problems,
  };
}

/** `path` with the home folder for `~` and the first folder of the workspace for `${workspaceFolder}`. */
function expanded(path: string): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  return path.replace(/^~(?=$|[\\/])/, homedir()).replaceAll("${workspaceFolder}", folder);
}
