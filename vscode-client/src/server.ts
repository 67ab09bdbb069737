/**
 * The server's process and the language client that talks to it.
 *
 * Whatever starts or stops it is queued, so that there is one process at most. One that ends by itself is started
 * again, each time a little later; one that keeps ending is left alone, and said so.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type LanguageClientOptions,
  ResponseError,
  type StreamInfo,
} from "vscode-languageclient/node";
import { applyTruly } from "./applying";
import { findInterpreter, type Interpreter } from "./interpreter";
import { COPY_DEBUG_INFO, Problem, RELOAD, RESTART, SHOW_LOG, show } from "./problem";
import { readSettings, SECTION, type Settings } from "./settings";

export type Health =
  | { readonly is: "starting" | "running" | "stopped" }
  | { readonly is: "restarting"; readonly seconds: number }
  | { readonly is: "failed"; readonly why: string };

/** So many ends within so much time, and it is not started again. */
const MOST_ENDS = 5;
const WITHIN_MILLISECONDS = 3 * 60_000;
const FIRST_PAUSE_SECONDS = 1;
const LONGEST_PAUSE_SECONDS = 30;
const STOP_MILLISECONDS = 2_000;
const KEPT_LINES = 40;

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private process: ChildProcess | undefined;
  private interpreter: Interpreter | undefined;
  private queue: Promise<void> = Promise.resolve();
  private ends: number[] = [];
  private pause: NodeJS.Timeout | undefined;
  /** The last lines that the process wrote to standard error. */
  private lastWords: string[] = [];
  private readonly changed = new vscode.EventEmitter<Health>();
  private readonly indexing = new Map<number | string, string>();
  private now: Health = { is: "stopped" };

  readonly onDidChange = this.changed.event;

  constructor(
    /** The folder of the server that came with the extension; undefined where none did. */
    private readonly bundle: string | undefined,
    private readonly storage: string,
    private readonly version: string,
    readonly log: vscode.LogOutputChannel,
  ) {}

  get health(): Health {
    return this.now;
  }

  /** What the server says that it is busy with, such as reading the workspace; undefined when with nothing. */
  get work(): string | undefined {
    return [...this.indexing.values()].at(-1);
  }

  /** Start, or start anew: with the settings and the interpreter as they are now. */
  restart(): Promise<void> {
    this.ends = [];
    return this.enqueue(() => this.startNow());
  }

  stop(): Promise<void> {
    return this.enqueue(async () => {
      await this.stopNow();
      this.become({ is: "stopped" });
    });
  }

  dispose(): void {
    void this.stop().finally(() => {
      this.changed.dispose();
    });
  }

  /** Have the server carry out one of its commands; a `Problem` where it knows none of that name. */
  async execute<T>(command: string, ...given: readonly unknown[]): Promise<T> {
    await this.queue;
    const client = this.client;
    if (!client?.isRunning()) {
      throw new Problem("the server is not running", [RESTART, SHOW_LOG]);
    }
    const known = client.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
    if (!known.includes(command)) {
      const version = client.initializeResult?.serverInfo?.version ?? "of an unknown version";
      throw new Problem(`the server (${version}) does not know \`${command}\`; a newer one may`, [SHOW_LOG]);
    }
    return await client.sendRequest<T>("workspace/executeCommand", { command, arguments: given });
  }

  /** The command line that runs `ssot-lsp` with `given`, as the server itself is run. */
  async commandLine(...given: readonly string[]): Promise<{ file: string; args: string[]; options: { cwd: string } }> {
    const settings = this.settings();
    const interpreter = this.interpreter ?? (await findInterpreter(settings, this.bundle, this.log));
    return this.command(settings, interpreter, given);
  }

  /** Facts for the report of a fault, as Markdown. */
  async debugInfo(): Promise<string> {
    const settings = this.settings();
    const lines = [
      `- extension: ${this.version}, VS Code ${vscode.version}, ${process.platform}-${process.arch}`,
      `- server: ${this.now.is === "failed" ? `failed: ${this.now.why}` : this.now.is}, \`${settings.importStrategy}\``,
      `- interpreter: ${this.interpreter ? `${this.interpreter.path} (${this.interpreter.version}), from ${this.interpreter.source}` : "none"}`,
      `- workspace: ${vscode.workspace.isTrusted ? "trusted" : "not trusted"}`,
    ];
    try {
      lines.push(await this.execute<string>("ssot-lsp.debugInfo"));
    } catch (error) {
      lines.push(`- ${error instanceof Error ? error.message : String(error)}`, ...this.lastWords.map((each) => `      ${each}`));
    }
    return lines.join("\n");
  }

  /** The settings; without a server of its own the extension takes the environment's, whatever they say. */
  private settings(): Settings {
    const settings = readSettings();
    return this.bundle === undefined ? { ...settings, importStrategy: "fromEnvironment" } : settings;
  }

  private become(health: Health): void {
    this.now = health;
    this.changed.fire(health);
  }

  private enqueue(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(work).catch((error: unknown) => {
      this.fail(error);
    });
    return this.queue;
  }

  private fail(error: unknown): void {
    const problem =
      error instanceof Problem
        ? error
        : new Problem(`the server could not be started: ${this.lastWords.at(-1) ?? String(error)}`, [
            RESTART,
            COPY_DEBUG_INFO,
          ]);
    this.log.error(problem.message);
    this.become({ is: "failed", why: problem.message });
    void show(problem);
  }

  private async startNow(): Promise<void> {
    await this.stopNow();
    this.become({ is: "starting" });
    const began = performance.now();
    const settings = this.settings();
    if (!existsSync(this.bundle === undefined ? __filename : join(this.bundle, "launch.py"))) {
      throw new Problem("the files of this extension are gone: it has been updated or removed meanwhile", [RELOAD]);
    }
    this.interpreter = await findInterpreter(settings, this.bundle, this.log);
    const command = this.command(settings, this.interpreter, ["server"]);
    this.client = new LanguageClient(SECTION, SECTION, () => this.spawn(command), this.options());
    await this.client.start();
    this.become({ is: "running" });
    this.log.info(`The server answers after ${Math.round(performance.now() - began)} ms`);
  }

  private async stopNow(): Promise<void> {
    clearTimeout(this.pause);
    const { client, process: running } = this;
    this.client = undefined; // what ends from now on is meant to
    this.process = undefined;
    this.indexing.clear();
    try {
      await client?.dispose(STOP_MILLISECONDS);
    } catch (error) {
      this.log.debug(`The server did not say goodbye: ${String(error)}`);
    }
    if (running?.exitCode === null && running.signalCode === null) {
      const gone = once(running, "exit");
      running.kill();
      await gone;
    }
  }

  private command(
    settings: Settings,
    interpreter: Interpreter,
    given: readonly string[],
  ): { file: string; args: string[]; options: { cwd: string } } {
    // compiled code is kept in a place that may be written to and outlives an update
    const python = ["-X", `pycache_prefix=${join(this.storage, "pycache")}`, "-X", "utf8"];
    const code =
      settings.importStrategy === "useBundled" && this.bundle !== undefined
        ? ["-E", "-s", join(this.bundle, "launch.py")]
        : ["-m", "ssot_lsp"];
    // the working folder is no workspace's: nothing of one can be imported
    return { file: interpreter.path, args: [...python, ...code, ...given], options: { cwd: __dirname } };
  }

  private async spawn(command: {
    file: string;
    args: string[];
    options: { cwd: string };
  }): Promise<StreamInfo> {
    this.log.debug(`Running ${[command.file, ...command.args].join(" ")}`);
    const child = spawn(command.file, command.args, { ...command.options, windowsHide: true });
    this.process = child;
    this.lastWords = [];
    // the server tells its log to the client as well, so what is written here is only kept for when it dies
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.lastWords = [...this.lastWords, ...text.split(/\r?\n/).filter((line) => line.trim())].slice(-KEPT_LINES);
    });
    child.stdin.on("error", (error) => {
      this.log.debug(`The server no longer listens: ${error.message}`);
    });
    await once(child, "spawn");
    return { reader: child.stdout, writer: child.stdin };
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [
        { scheme: "file", language: "python" },
        { scheme: "untitled", language: "python" },
        { scheme: "file", pattern: "**/{pyproject.toml,ssot-lsp.toml}" },
      ],
      outputChannel: this.log,
      initializationOptions: vscode.workspace.getConfiguration(SECTION),
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          this.ended();
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      middleware: {
        handleWorkDoneProgress: (token, params, next) => {
          if (params.kind === "end") {
            this.indexing.delete(token);
          } else {
            const title = params.kind === "begin" ? params.title : (this.indexing.get(token) ?? "").split(": ")[0];
            this.indexing.set(token, params.message ? `${title}: ${params.message}` : (title ?? ""));
          }
          this.changed.fire(this.now);
          next(token, params);
        },
        workspace: {
          handleApplyEdit: (params, next) => {
            const { token } = new vscode.CancellationTokenSource();
            return applyTruly(params, async () => {
              const result = await next(params, token);
              if (result instanceof ResponseError) {
                throw result;
              }
              return result;
            });
          },
        },
      },
    };
  }

  /** The connection is closed: by us, or because the process has ended. */
  private ended(): void {
    const child = this.process;
    if (!this.client || !child || this.now.is === "starting") {
      return; // wanted, or an end that `start` rejects with
    }
    const why = child.exitCode === null ? `signal ${child.signalCode ?? "unknown"}` : `exit code ${child.exitCode}`;
    this.log.error(`The server has ended (${why})`, ...this.lastWords);
    const now = Date.now();
    this.ends = [...this.ends.filter((each) => now - each < WITHIN_MILLISECONDS), now];
    if (this.ends.length >= MOST_ENDS) {
      const last = this.lastWords.at(-1);
      this.fail(
        new Problem(`the server has ended ${this.ends.length} times in a row${last ? `: ${last}` : ""}`, [
          RESTART,
          COPY_DEBUG_INFO,
        ]),
      );
      return;
    }
    const seconds = Math.min(FIRST_PAUSE_SECONDS * 2 ** (this.ends.length - 1), LONGEST_PAUSE_SECONDS);
    this.become({ is: "restarting", seconds });
    this.pause = setTimeout(() => void this.enqueue(() => this.startNow()), seconds * 1000);
  }
}
