import { alreadyExists } from "@throughline/kernel";
import { ownerName } from "./file-owner.ts";
import type { FileOwner } from "./file-tree.ts";
import type { Tracking } from "./ports.ts";

/**
 * Fails with ALREADY_EXISTS as long as something of a purged run or logged model is there: what is still to be removed
 * would take what a new one of its id has with it. Call it after it was seen that there is none of the id.
 */
export async function checkFreeId({ purges }: Pick<Tracking, "purges">, owner: FileOwner): Promise<void> {
  if (await purges.remain(owner)) throw alreadyExists(ownerName(owner));
}
