import type { FileOwner } from "./file-tree.ts";
import { loggedModelName, projectName, runName } from "./names.ts";

/** The name of whose files they are. */
export function ownerName({ project, kind, id }: FileOwner): string {
  if (kind === "RUN") return runName.format({ project, run: id });
  return kind === "LOGGED_MODEL" ? loggedModelName.format({ project, model: id }) : projectName.format({ project });
}

/** Reads the name of whose files they are. Fails with BAD_NAME. */
export function parseOwner(name: string): FileOwner {
  if (runName.matches(name)) {
    const { project, run } = runName.parse(name);
    return { project, kind: "RUN", id: run };
  }
  if (loggedModelName.matches(name)) {
    const { project, model } = loggedModelName.parse(name);
    return { project, kind: "LOGGED_MODEL", id: model };
  }
  return { project: projectName.parse(name, "parent").project, kind: "PROJECT", id: "" };
}
