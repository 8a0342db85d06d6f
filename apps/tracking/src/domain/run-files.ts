import { invalidField } from "@throughline/kernel";
import type { RunArtifact } from "./run.ts";

/** A path with more segments is refused: no tool can show it. */
const SEGMENTS_MAX = 32;

/**
 * The files with others added. A file at a path that is taken replaces the earlier one; a path below another file is
 * refused with INVALID_FIELD, so that the files of a run can always be written out as a tree.
 */
export function withFiles(files: readonly RunArtifact[], added: readonly RunArtifact[]): readonly RunArtifact[] {
  if (added.length === 0) return files;
  for (const [i, { path }] of added.entries()) {
    if (path.split("/").length > SEGMENTS_MAX)
      throw invalidField(`artifacts[${i}].path`, `it has more than ${SEGMENTS_MAX} segments`);
  }
  const byPath = new Map([...files, ...added].map((it) => [it.path, it]));
  const folders = new Set([...byPath.keys()].flatMap(foldersOf));
  for (const [i, { path }] of added.entries()) {
    const place = `artifacts[${i}].path`;
    if (folders.has(path)) throw invalidField(place, `"${path}" is a folder of other files of the run`);
    const file = foldersOf(path).find((it) => byPath.has(it));
    if (file !== undefined) throw invalidField(place, `"${file}" is a file of the run, and cannot be a folder too`);
  }
  return [...byPath.values()];
}

/** `a/b/c` is in the folders `a` and `a/b`. */
const foldersOf = (path: string): readonly string[] =>
  [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));
