import { create } from "@bufbuild/protobuf";
import {
  type Dataset,
  type DatasetInput,
  type Run,
  RunSchema,
  type StoredText,
} from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { LIMITS } from "@throughline/kernel";
import { download, upload } from "./artifact-bytes.ts";
import type { BareCall } from "./endpoint.ts";

/** What a data set says of its columns and values, as MLflow has it. */
export interface Texts {
  readonly schema: string;
  readonly profile: string;
}

/** The same in the record of a run. */
interface RecordTexts {
  readonly schema?: string;
  readonly profile?: string;
  readonly storedSchema?: { readonly digest: string };
  readonly storedProfile?: { readonly digest: string };
}

/** The texts as the record of a run takes them: long ones are stored beside it first. */
export async function storedTexts(call: BareCall, { schema, profile }: Texts): Promise<RecordTexts> {
  return {
    ...(isLong(schema) ? { storedSchema: await stored(call, schema) } : { schema }),
    ...(isLong(profile) ? { storedProfile: await stored(call, profile) } : { profile }),
  };
}

/** True if some of the texts are too long for the record of a run. */
export const hasLongTexts = ({ schema, profile }: Texts): boolean => isLong(schema) || isLong(profile);

const isLong = (text: string): boolean => Buffer.byteLength(text) > LIMITS.recordTextBytesMax;

async function stored(call: BareCall, text: string): Promise<{ readonly digest: string }> {
  async function* bytes(): AsyncIterable<Uint8Array> {
    yield Buffer.from(text);
  }
  const sizeBytes = BigInt(Buffer.byteLength(text));
  return { digest: await upload(call, { mediaType: "application/json", bytes: bytes(), sizeBytes }) };
}

/** True if some of what MLflow shows of a run stands beside its record. */
export const hasStoredTexts = ({ datasets }: Run): boolean =>
  datasets.some(({ dataset }) => dataset?.storedSchema !== undefined || dataset?.storedProfile !== undefined);

/** Gives a run with all texts of its data sets in it. */
export type FillTexts = (run: Run) => Promise<Run>;

/** Characters that are remembered between runs: those of a search have read the same few data sets. */
const REMEMBERED_MAX = 16 * 1024 * 1024;

/** Fills in the texts of one run after the other, for one answer. */
export function textFiller(call: BareCall): FillTexts {
  const remembered = new Map<string, string>();
  let length = 0;
  const read = async ({ digest, sizeBytes }: StoredText): Promise<string> => {
    const before = remembered.get(digest);
    if (before !== undefined) return before;
    const pieces: Uint8Array[] = [];
    for await (const piece of download(call, { digest }, { start: 0, end: Number(sizeBytes) })) pieces.push(piece);
    const text = Buffer.concat(pieces).toString("utf8");
    if (length + text.length > REMEMBERED_MAX) {
      remembered.clear();
      length = 0;
    }
    remembered.set(digest, text);
    length += text.length;
    return text;
  };
  const filled = async (dataset: Dataset): Promise<Dataset> => ({
    ...dataset,
    ...(dataset.storedSchema && { schema: await read(dataset.storedSchema) }),
    ...(dataset.storedProfile && { profile: await read(dataset.storedProfile) }),
  });
  return async (run) => {
    const datasets: DatasetInput[] = [];
    for (const it of run.datasets) datasets.push({ ...it, ...(it.dataset && { dataset: await filled(it.dataset) }) });
    return create(RunSchema, { ...run, datasets });
  };
}
