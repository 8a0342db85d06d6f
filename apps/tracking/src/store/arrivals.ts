import type { Clock, NewId } from "@throughline/kernel";
import type { Arrivals } from "../domain/ports.ts";
import type { Collections } from "./collections.ts";

/** Notes bytes that are being uploaded. */
export const arrivalNotes = (
  { arrivals }: Pick<Collections, "arrivals">,
  { clock, newId }: { readonly clock: Clock; readonly newId: NewId },
): Arrivals => ({
  async add(digest) {
    const id = newId();
    await arrivals.insert(id, { digest, timeMs: clock.now() });
    return id;
  },
  has: async (id) => (await arrivals.get(id)) !== undefined,
});
