import type { Digest } from "@throughline/kernel";

interface Digests {
  readonly digests: readonly string[];
}

/** The handlers of the reference service that every service which may need bytes serves in its own package. */
export const referenceHandlers = (find: (digests: readonly Digest[]) => Promise<readonly Digest[]>) => ({
  // The contract lets nothing but digests through.
  findReferences: async ({ digests }: Digests) => ({ digests: [...(await find(digests as readonly Digest[]))] }),
});
