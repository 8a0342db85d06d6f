import type { Digest } from "@throughline/kernel";
import type { FindMentions } from "@throughline/store";
import type { OpenedLog } from "../log/open-log.ts";

/** Which digests this router needs: those that its documents name, and those that its log refers to. */
export const neededBytes =
  (log: Pick<OpenedLog, "references">, mentions: FindMentions) =>
  async (digests: readonly Digest[]): Promise<readonly Digest[]> => {
    const needed = new Set<string>(await mentions(digests));
    if (needed.size < digests.length) for await (const it of log.references()) needed.add(it);
    return digests.filter((it) => needed.has(it));
  };
