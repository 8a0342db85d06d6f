import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Plugin, rolldown } from "rolldown";

/** Where a module of ours names a program or a thread beside itself. */
const BESIDE = /new URL\(\s*"(\.[^"]+\.ts)",\s*import\.meta\.url\s*\)/g;

/**
 * Files that a module looks for beside itself stay where they are, and threads and programs that it starts become files of the
 * bundle.
 */
const whereTheyWere: Plugin = {
  name: "where they were",
  transform(code, id) {
    if (!code.includes("import.meta")) return undefined;
    return code
      .replaceAll(BESIDE, (whole, path: string) => {
        const file = resolve(dirname(id), path);
        if (!existsSync(file)) return whole;
        const chunk = this.emitFile({ type: "chunk", id: file, name: basename(file, ".ts") });
        return `new URL(import.meta.ROLLUP_FILE_URL_${chunk})`;
      })
      .replaceAll(/import\.meta\.url\b/g, JSON.stringify(pathToFileURL(id).href))
      .replaceAll(/import\.meta\.dirname\b/g, JSON.stringify(dirname(id)));
  },
};

/**
 * Makes one file of a program and all that it loads, and of each thread and program that it starts: they are loaded several times
 * as fast so. Resolves to the program's, in a folder that is empty. Addons stay where they are installed.
 */
export async function bundle(program: string, folder: string): Promise<string> {
  const built = await rolldown({
    input: program,
    platform: "node",
    external: [/^@duckdb\//, /^onnxruntime/, /^lmdb$/],
    plugins: [whereTheyWere],
    logLevel: "warn",
  });
  const { output } = await built.write({
    dir: folder,
    entryFileNames: "[name].mjs",
    chunkFileNames: "[name]-[hash].mjs",
  });
  await built.close();
  return resolve(folder, output[0].fileName);
}
