/**
 * Edits that the server asks for, as they truly end.
 *
 * VS Code says that it has applied an edit also where it has passed over files that are read-only, or that were not
 * ticked in its preview; and what it changes in a single file it leaves unsaved.
 */

import * as vscode from "vscode";
import type { ApplyWorkspaceEditParams, ApplyWorkspaceEditResult } from "vscode-languageclient/node";

/** How many files are named; of more the number is said. */
const MOST_NAMED = 5;

/** A file before the edit. */
interface Before {
  readonly uri: vscode.Uri;
  /** Its text in the editor, where it is open. */
  readonly text: string | undefined;
  /** What is on the disk; undefined where there is no such file. */
  readonly bytes: Uint8Array | undefined;
  readonly isDirty: boolean;
}

/** Have `next` apply the edit; answered is whether all of it was, and if not, what was left. */
export async function applyTruly(
  params: ApplyWorkspaceEditParams,
  next: () => Promise<ApplyWorkspaceEditResult>,
): Promise<ApplyWorkspaceEditResult> {
  const before = await Promise.all(editedBy(params).map(remembered));
  const result = await next();
  const changes = await Promise.all(before.map(isChanged));
  const left = before.filter((_, place) => !changes[place]);
  const changed = before.length - left.length;
  if (params.metadata?.isRefactoring) {
    await saveOnly(before.filter((_, place) => changes[place]));
  }
  if (!left.length || (!result.applied && !changed)) {
    return result;
  }
  const asked = Object.values(params.edit.changeAnnotations ?? {}).some((each) => each.needsConfirmation);
  const names = left.slice(0, MOST_NAMED).map(({ uri }) => `\`${vscode.workspace.asRelativePath(uri)}\``);
  const all = left.length > MOST_NAMED ? [...names, `${left.length - MOST_NAMED} more`] : names;
  const listed = all.length > 1 ? `${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}` : all.join("");
  const fate = asked ? (left.length > 1 ? "stay as they were" : "stays as it was") : "cannot be written";
  const rest = changed ? `${changed} ${changed > 1 ? "are" : "is"} changed, ` : "";
  return { applied: false, failureReason: `${rest}${listed} ${fate}` };
}

function editedBy({ edit }: ApplyWorkspaceEditParams): string[] {
  const versioned = (edit.documentChanges ?? []).flatMap((each) =>
    "edits" in each && each.edits.length ? [each.textDocument.uri] : [],
  );
  const plain = Object.entries(edit.changes ?? {}).flatMap(([uri, edits]) => (edits.length ? [uri] : []));
  return [...new Set(edit.documentChanges ? versioned : plain)];
}

function opened(uri: vscode.Uri): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((each) => each.uri.toString() === uri.toString());
}

async function onDisk(uri: vscode.Uri): Promise<Uint8Array | undefined> {
  try {
    return await vscode.workspace.fs.readFile(uri);
  } catch {
    return undefined;
  }
}

async function remembered(address: string): Promise<Before> {
  const uri = vscode.Uri.parse(address);
  const bytes = await onDisk(uri);
  const document = opened(uri); // afterwards: so it is the text that the edit is made to
  return { uri, bytes, text: document?.getText(), isDirty: document?.isDirty ?? false };
}

/** Whether a file has another text than before: in the editor, or on the disk where it is not open. */
async function isChanged({ uri, text, bytes }: Before): Promise<boolean> {
  const document = opened(uri);
  if (document && text !== undefined) {
    return document.getText() !== text;
  }
  if (document?.isDirty) {
    return true; // opened for the edit, and not saved
  }
  const now = await onDisk(uri);
  return bytes === undefined || now === undefined ? bytes !== now : Buffer.compare(bytes, now) !== 0;
}

/** Save a file that alone was changed, as VS Code saves several; one that was not saved before stays so. */
async function saveOnly(changed: readonly Before[]): Promise<void> {
  const [only, ...others] = changed;
  const wanted = vscode.workspace.getConfiguration("files").get<boolean>("refactoring.autoSave", true);
  if (only && !others.length && !only.isDirty && wanted) {
    await opened(only.uri)?.save();
  }
}
