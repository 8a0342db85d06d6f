import { DomainError } from "@throughline/kernel";
import { getVersion } from "./model-versions.ts";
import type { Prepared, RegistrationDeps, Variant } from "./registration.ts";
import { incompatibilities } from "./schema-gate.ts";

/**
 * The content of a variant, tied to the version that it was made of: whoever calls that one can call the variant. Where either is
 * opaque, nothing can be said about it, and nothing is. Fails with SIGNATURE_DIFFERS, and with NOT_FOUND for the version.
 */
export async function variantContent(
  deps: Pick<RegistrationDeps, "versions" | "heads">,
  made: Prepared,
  { of, derivation }: Variant,
): Promise<Prepared> {
  const original = await getVersion(deps, of, { path: "version.derived_from" });
  const [own, before] = [made.content.signature, original.signature];
  const problems = own && before ? incompatibilities(own, before) : [];
  if (problems.length > 0) throw signatureDiffers(original.name, problems);
  return {
    ...made,
    content: { ...made.content, derivedFrom: original.name, derivedFromDigest: original.digest, derivation },
  };
}

const signatureDiffers = (original: string, problems: readonly string[]): DomainError =>
  new DomainError(
    "precondition",
    "SIGNATURE_DIFFERS",
    `A variant answers in place of ${original}, whose callers cannot call it: ${problems.join("; ")}. Export it with the same inputs and outputs, or register it without derived_from.`,
    {
      metadata: { derivedFrom: original },
      violations: [{ path: "version.derived_from", description: problems.join("; ") }],
    },
  );
