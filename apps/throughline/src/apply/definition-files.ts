import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, relative } from "node:path";
import { LineCounter, parseAllDocuments } from "yaml";

/** Endings of files that are read in a folder. JSON is YAML. */
const ENDINGS = [".yaml", ".yml", ".json"];
/** A definition file beyond this is a mistake. */
const FILE_BYTES_MAX = 8 * 1024 * 1024;

/** One document of a file, as it was written. */
export interface DefinitionDocument {
  /** The file, and which of its documents if it has several, such as `views.yaml#2`. */
  readonly where: string;
  readonly content: unknown;
}

/**
 * Reads a file, or all YAML and JSON files of a folder and its folders in the order of their names; those that begin with
 * a dot are left out. Fails in words that name the file and the line.
 */
export async function readDefinitionFiles(path: string): Promise<readonly DefinitionDocument[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new Error(`there is no file or folder ${path}`);
  const files = found.isDirectory() ? await filesIn(path) : [path];
  if (files.length === 0) throw new Error(`${path} has no file that ends in ${ENDINGS.join(", ")}`);
  const documents: DefinitionDocument[] = [];
  for (const file of files) {
    const name = found.isDirectory() ? relative(path, file) : file;
    documents.push(...documentsOf(name, await textOf(file)));
  }
  return documents;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((it) => it.isFile() && ENDINGS.includes(extname(it.name).toLowerCase()))
    .map((it) => join(it.parentPath, it.name))
    .filter(
      (it) =>
        !relative(folder, it)
          .split(/[\\/]/)
          .some((part) => part.startsWith(".")),
    )
    .sort();
}

async function textOf(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > FILE_BYTES_MAX)
    throw new Error(`${file} is larger than ${FILE_BYTES_MAX} bytes, which no definitions are`);
  return readFile(file, "utf8");
}

function documentsOf(name: string, text: string): readonly DefinitionDocument[] {
  const lineCounter = new LineCounter();
  // Duplicate keys and unknown tags are errors; aliases may repeat, but not so that a short text becomes a long one.
  const parsed = parseAllDocuments(text, { lineCounter, uniqueKeys: true, strict: true, prettyErrors: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  return documents.flatMap((document, i) => {
    const where = documents.length > 1 ? `${name}#${i + 1}` : name;
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) {
      const { line, col } = lineCounter.linePos(problem.pos[0]);
      throw new Error(`${where}:${line}:${col}: ${problem.message}`);
    }
    const content: unknown = document.toJS({ maxAliasCount: 100 });
    return content === null || content === undefined ? [] : [{ where, content }];
  });
}
