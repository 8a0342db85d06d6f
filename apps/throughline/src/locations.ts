import { dirname, join } from "node:path";

const APPS = dirname(dirname(import.meta.dirname));

/** Folder with the console's built files. */
export const CONSOLE_DIR = join(APPS, "console/dist");

/** The program that serves one service alone. */
export const mainOf = (app: string): string => join(APPS, app, "src/main.ts");

/** The program that runs one of them for as long as this process lives. */
export const SPLIT_CHILD = join(import.meta.dirname, "./split-child.ts");
