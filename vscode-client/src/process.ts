/** A process that runs to its end. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import type * as vscode from "vscode";

export interface Done {
  /** Null where a signal has ended it. */
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Run a command line; it is ended where `token` is cancelled. */
export async function run(
  command: { readonly file: string; readonly args: readonly string[]; readonly options: { readonly cwd: string } },
  token?: vscode.CancellationToken,
): Promise<Done> {
  const child = spawn(command.file, command.args, { ...command.options, windowsHide: true });
  token?.onCancellationRequested(() => child.kill());
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output, errors };
}
