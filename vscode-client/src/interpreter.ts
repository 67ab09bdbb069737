/**
 * Which Python runs the server.
 *
 * The one that is set, else the one of the Python extension, else the first on PATH that fits. A workspace that is
 * not trusted has no say: what is set there is left aside by VS Code, and what the Python extension has chosen by us,
 * as it may be an executable of the workspace.
 */

import { execFile } from "node:child_process";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { delimiter, isAbsolute, join, sep } from "node:path";
import * as vscode from "vscode";
import { Problem, selectInterpreter, settingOf } from "./problem";
import type { Settings } from "./settings";

/** An interpreter that runs the server, and how the server is found in it. */
export interface Interpreter {
  readonly path: string;
  /** For the log: "the setting", "the Python extension", "PATH". */
  readonly source: string;
  readonly version: string;
}

interface Candidate {
  readonly path: string;
  readonly source: string;
  /** Whether somebody chose it: if so, what is wrong with it is said, and no other is taken in its place. */
  readonly isChosen: boolean;
}

/** What `PROBE` prints. */
interface Probed {
  readonly version: readonly [number, number, number];
  readonly implementation: string;
  readonly bits: number;
  readonly threads: boolean;
  readonly server: string | null;
}

const PROBE = `
import json, struct, sys
try:
    from ssot_lsp import __version__ as server
except Exception:
    server = None
try:
    import sysconfig
    threads = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
except Exception:
    threads = False
print(json.dumps({
    "version": sys.version_info[:3],
    "implementation": sys.implementation.name if sys.version_info[0] > 2 else "cpython",
    "bits": struct.calcsize("P") * 8,
    "threads": threads,
    "server": server,
}))
`;
const PROBE_MILLISECONDS = 20_000;
const OLDEST: readonly [number, number] = [3, 10];
/** Of the server that is not ours: one that is older lacks what this client asks for. */
export const OLDEST_SERVER = "0.1.0";

/** The interpreter to use; a `Problem` where none fits. */
export async function findInterpreter(
  settings: Settings,
  bundle: string | undefined,
  log: vscode.LogOutputChannel,
): Promise<Interpreter> {
  const tags = bundle === undefined ? undefined : bundledTags(bundle);
  const refused: string[] = [];
  for (const candidate of await candidates(settings, log)) {
    const wrong = await fits(candidate, settings, tags);
    if (typeof wrong === "object") {
      log.info(`The server runs on ${candidate.path}, Python ${wrong.version}, from ${candidate.source}`);
      return wrong;
    }
    log.info(`${candidate.source}: ${wrong}`);
    refused.push(wrong);
    if (candidate.isChosen) {
      break;
    }
  }
  throw noneFits(settings, refused, tags);
}

function noneFits(settings: Settings, refused: readonly string[], tags: readonly string[] | undefined): Problem {
  const reason = refused[0] ?? "no Python was found";
  if (tags === undefined) {
    return new Problem(
      `${reason}. This extension is packed without a server: install \`ssot-lsp\` in a Python ${range([])}, by ` +
        "`pip install --prefer-binary .` in its checkout, and select that Python",
      [selectInterpreter()],
    );
  }
  if (settings.importStrategy === "fromEnvironment") {
    return new Problem(`${reason}. Install \`ssot-lsp\` there, or use the server of this extension`, [
      settingOf("ssot-lsp.importStrategy"),
      selectInterpreter(),
    ]);
  }
  return new Problem(`${reason}. It takes a CPython ${range(tags)} to check tests; your project may use another`, [
    selectInterpreter(),
  ]);
}

/** The versions that the bundle holds compiled packages for: `cp310`, `cp311`, … */
function bundledTags(bundle: string): string[] {
  try {
    return readFileSync(join(bundle, "tags"), "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

function range(tags: readonly string[]): string {
  const spelled = tags.map((tag) => tag.replace(/^cp(\d)(\d+)$/, "$1.$2"));
  const [first, last] = [spelled[0] ?? OLDEST.join("."), spelled.at(-1)];
  return last && last !== first ? `${first} to ${last}` : `${first} or newer`;
}

/** The interpreter, or what is wrong with it in words. */
async function fits(
  candidate: Candidate,
  settings: Settings,
  tags: readonly string[] | undefined,
): Promise<Interpreter | string> {
  const { path, source } = candidate;
  if (!existsSync(path)) {
    return isLink(path) ? `\`${path}\` is a link to a Python that is gone` : `\`${path}\` does not exist`;
  }
  let probed: Probed;
  try {
    probed = await probe(path, settings.importStrategy === "fromEnvironment");
  } catch (error) {
    return `\`${path}\` does not run: ${error instanceof Error ? error.message : String(error)}`;
  }
  const version = probed.version.join(".");
  const [major, minor] = probed.version;
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return `\`${path}\` is Python ${version}, which is too old`;
  }
  if (settings.importStrategy === "fromEnvironment") {
    if (probed.server === null) {
      return `\`ssot-lsp\` is not installed in \`${path}\``;
    }
    if (isOlder(probed.server, OLDEST_SERVER)) {
      return `\`ssot-lsp\` ${probed.server} in \`${path}\` is too old for this extension, which asks for ${OLDEST_SERVER}`;
    }
    return { path, source, version };
  }
  if (probed.implementation !== "cpython" || probed.threads) {
    return `\`${path}\` is ${probed.threads ? "a free-threaded Python" : probed.implementation}, which the bundled server is not compiled for`;
  }
  if (probed.bits !== 64) {
    return `\`${path}\` is a Python of ${probed.bits} bits, which the bundled server is not compiled for`;
  }
  if (!tags?.includes(`cp${major}${minor}`)) {
    return `\`${path}\` is Python ${version}, which the bundled server is not compiled for`;
  }
  return { path, source, version };
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Ask the interpreter what it is; without the environment's own modules where they are not asked for. */
function probe(path: string, withEnvironment: boolean): Promise<Probed> {
  return new Promise((resolve, reject) => {
    // the working folder is no workspace's: nothing of one can be imported
    const options = { cwd: __dirname, timeout: PROBE_MILLISECONDS, windowsHide: true };
    const isolated = withEnvironment ? [] : ["-E", "-s"];
    execFile(path, [...isolated, "-c", PROBE], options, (error, stdout, stderr) => {
      if (error) {
        const said = stderr.trim().split("\n").at(-1);
        reject(new Error(error.killed ? "it did not answer" : said === undefined || said === "" ? error.message : said));
        return;
      }
      try {
        resolve(JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Probed);
      } catch {
        reject(new Error(`it answered \`${stdout.slice(0, 80)}\``));
      }
    });
  });
}

/** Whether the version `given` comes before `wanted`; by their numbers alone. */
export function isOlder(given: string, wanted: string): boolean {
  const [left, right] = [given, wanted].map((each) => each.split(".").map((part) => Number.parseInt(part, 10) || 0));
  for (let place = 0; place < 3; place += 1) {
    const difference = (left?.[place] ?? 0) - (right?.[place] ?? 0);
    if (difference !== 0) {
      return difference < 0;
    }
  }
  return false;
}

async function candidates(settings: Settings, log: vscode.LogOutputChannel): Promise<Candidate[]> {
  if (settings.interpreter) {
    const found = isAbsolute(settings.interpreter) ? [settings.interpreter] : onPath([settings.interpreter]);
    const path = found[0] ?? settings.interpreter;
    return [{ path, source: "the setting `ssot-lsp.interpreter`", isChosen: true }];
  }
  const all: Candidate[] = [];
  const selected = await ofPythonExtension(log);
  if (selected && (vscode.workspace.isTrusted || !isInWorkspace(selected))) {
    // our own server runs on any Python: an environment that is too old for it need not be changed
    const isChosen = settings.importStrategy === "fromEnvironment";
    all.push({ path: selected, source: "the Python extension", isChosen });
  }
  for (const path of onPath(namesOnPath())) {
    if (vscode.workspace.isTrusted || !isInWorkspace(path)) {
      all.push({ path, source: "PATH", isChosen: false });
    }
  }
  return all;
}

function namesOnPath(): string[] {
  const versions = ["3.14", "3.13", "3.12", "3.11", "3.10"];
  return ["python3", "python", ...versions.map((each) => `python${each}`)];
}

/** The files that `names` mean on PATH, in the order of `names`; a relative folder on PATH is left aside. */
function onPath(names: readonly string[]): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((each) => isAbsolute(each));
  const suffix = process.platform === "win32" ? ".exe" : "";
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name + suffix)).filter(existsSync));
  return [...new Set(found)];
}

function isInWorkspace(path: string): boolean {
  return (vscode.workspace.workspaceFolders ?? []).some(({ uri }) => path.startsWith(uri.fsPath + sep));
}

// The Python extension.

interface PythonExtension {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(
      path: unknown,
    ): Promise<{ readonly executable: { readonly uri?: vscode.Uri | undefined } } | undefined>;
    onDidChangeActiveEnvironmentPath(listener: () => void): vscode.Disposable;
  };
}

async function pythonExtension(): Promise<PythonExtension | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension | undefined>("ms-python.python");
  return extension && (extension.isActive ? extension.exports : await extension.activate());
}

/** The interpreter that is selected in the Python extension. */
async function ofPythonExtension(log: vscode.LogOutputChannel): Promise<string | undefined> {
  try {
    const api = await pythonExtension();
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const environment = api && (await api.environments.resolveEnvironment(api.environments.getActiveEnvironmentPath(folder)));
    return environment?.executable.uri?.fsPath;
  } catch (error) {
    log.warn(`The Python extension does not say which interpreter is selected: ${String(error)}`);
    return undefined;
  }
}

/** Call `listener` when another interpreter is selected in the Python extension. */
export async function onDidSelectInterpreter(listener: () => void): Promise<vscode.Disposable | undefined> {
  try {
    return (await pythonExtension())?.environments.onDidChangeActiveEnvironmentPath(listener);
  } catch {
    return undefined; // `ofPythonExtension` has said so
  }
}
