import { invalidField } from "@throughline/kernel";
import { type DatasetInput, type StoredText, textDigests } from "./dataset-input.ts";
import { artifactUnknown, artifactWithoutBytes } from "./errors.ts";
import type { Tracking } from "./ports.ts";

/** Longest schema or profile of a data set, in bytes. */
const TEXT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The data sets with the sizes of their texts that stand beside the record, as the project knows them. Fails with ARTIFACT_UNKNOWN,
 * ARTIFACT_WITHOUT_BYTES, and INVALID_FIELD for a text that is too long.
 */
export async function withKnownTexts(
  { lineage, bytes }: Pick<Tracking, "lineage" | "bytes">,
  project: string,
  datasets: readonly DatasetInput[],
): Promise<readonly DatasetInput[]> {
  const digests = [...new Set(textDigests(datasets))];
  if (digests.length === 0) return datasets;
  const [known, sizes] = await Promise.all([lineage.artifacts(project, digests), bytes.sizes(digests)]);
  const measured = (text: string | StoredText, path: string): string | StoredText => {
    if (typeof text === "string") return text;
    const artifact = known.get(text.digest);
    if (artifact === undefined || artifact.condemned) throw artifactUnknown(text.digest, `${path}.digest`);
    const sizeBytes = sizes.get(text.digest);
    if (sizeBytes === undefined) throw artifactWithoutBytes(text.digest);
    if (sizeBytes > TEXT_BYTES_MAX) throw invalidField(path, `${sizeBytes} bytes are more than ${TEXT_BYTES_MAX}`);
    return { digest: text.digest, sizeBytes };
  };
  return datasets.map((it, i) => ({
    ...it,
    schema: measured(it.schema, `datasets[${i}].dataset.stored_schema`),
    profile: measured(it.profile, `datasets[${i}].dataset.stored_profile`),
  }));
}
