import { invalidField } from "@throughline/kernel";

/** Longest path in bytes of UTF-8, and most names in it. */
const PATH_BYTES_MAX = 1_024;
const NAMES_MAX = 100;
/** So often a path may be percent-encoded over and over before nobody could tell what it means. */
const DECODINGS_MAX = 10;

/** Control, format and surrogate characters, line and paragraph separators. */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Characters that fonts leave out, but for the two that choose how an emoji looks. */
const IGNORED = /(?![\ufe0e\ufe0f])\p{Default_Ignorable_Code_Point}/u;
/** Characters that some program takes for a separator or a dot: full-width forms, one-dot leader, fraction slashes. */
const LOOKALIKE = /[／＼．․‥∕⁄⧸⧵﹨]/u;
const ESCAPES = /(?:%[0-9a-f]{2})+/giu;

/**
 * The one spelling of a path in a tree of files: names joined by `/`, in normal form C. A path is a name in the
 * platform's memory, but clients make files of it, on systems with other rules than ours: whatever could mean another
 * place on any of them is refused with BAD_PATH, also if it is percent-encoded, however often.
 */
export function checkedPath(given: string, field: string): string {
  const path = checkedSpelling(given, field);
  for (let round = 0, text = path; ; round++) {
    const decoded = decodedOnce(text, field);
    if (decoded === text) return path;
    if (round === DECODINGS_MAX) throw badPath(field, `it is percent-encoded more than ${DECODINGS_MAX} times`);
    checkedSpelling(decoded, field);
    text = decoded;
  }
}

/** The same for a folder, where the empty path is the top of the tree. */
export const checkedFolder = (given: string, field: string): string => (given === "" ? "" : checkedPath(given, field));

/** `a/b/c` is in the folders `a` and `a/b`. */
export const foldersOf = (path: string): readonly string[] =>
  [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index));

/** The folder that a path stands in; empty at the top. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

function checkedSpelling(given: string, field: string): string {
  if (!given.isWellFormed()) throw badPath(field, "it has half a surrogate pair, which UTF-8 cannot hold");
  const path = given.normalize("NFC");
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) throw badPath(field, `it has more than ${PATH_BYTES_MAX} bytes`);
  if (UNSHOWN.test(path) || IGNORED.test(path)) throw badPath(field, "it has a character that is not shown");
  if (path.includes("\\")) throw badPath(field, "it has a backslash, which some systems take for a slash");
  if (LOOKALIKE.test(path)) throw badPath(field, "it has a character that looks like a slash or a dot");
  if (/^[a-z]:/i.test(path.normalize("NFKC"))) throw badPath(field, "it begins like the name of a drive");
  const names = path.split("/");
  if (names.length > NAMES_MAX) throw badPath(field, `it has more than ${NAMES_MAX} names`);
  for (const name of names) checkName(name, field);
  return path;
}

function checkName(name: string, field: string): void {
  if (name === "") throw badPath(field, "a name in it is empty: it begins or ends with a slash, or two stand together");
  if (name === "." || name === "..") throw badPath(field, `"${name}" is not a name: paths do not lead back`);
  if (name.trim() !== name) throw badPath(field, `"${name}" begins or ends with a blank`);
}

/** The path with each percent escape as the character that it stands for. Fails with BAD_PATH if that is not UTF-8. */
const decodedOnce = (path: string, field: string): string =>
  path.replace(ESCAPES, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      throw badPath(field, "it has percent escapes that are not UTF-8");
    }
  });

const badPath = (field: string, problem: string) =>
  invalidField(field, `${problem}. Give the path within the tree, such as "model/weights.onnx".`, "BAD_PATH");
