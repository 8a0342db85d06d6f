import type { ServiceImpl } from "@connectrpc/connect";
import type {
  ArtifactService,
  UploadArtifactRequest,
} from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import type { LineageService } from "@throughline/contracts/throughline/lineage/v1/lineage_service_pb";
import { invalidField } from "@throughline/kernel";
import { callerOf } from "@throughline/rpc";
import { deleteArtifact, downloadArtifact, getArtifact, uploadArtifact } from "../domain/artifacts.ts";
import { parseArtifactName, parseProject } from "../domain/names.ts";
import type { Tracking } from "../domain/ports.ts";
import { getThread, recordExecutions } from "../domain/thread.ts";
import {
  artifactToProto,
  declarationFromProto,
  recordFromProto,
  threadQueryFromProto,
  threadToProto,
} from "./convert-lineage.ts";
import { safeNumber } from "./convert-values.ts";

/** The RPC edge of artifacts: convert, call, convert. */
export const artifactHandlers = (tracking: Tracking): ServiceImpl<typeof ArtifactService> => ({
  async uploadArtifact(requests, context) {
    const messages = requests[Symbol.asyncIterator]();
    const first = await messages.next();
    const declaration = first.done ? undefined : first.value.declaration;
    if (first.done || declaration === undefined)
      throw invalidField("declaration", "the first message of an upload has to declare what comes");
    const artifact = await uploadArtifact(
      tracking,
      declarationFromProto(declaration, callerOf(context)),
      bytesOf(first.value.data, messages),
    );
    return { artifact: artifactToProto(artifact) };
  },
  async *downloadArtifact({ name, offset, limit }) {
    const range = { offset: safeNumber(offset, "offset"), limit: safeNumber(limit, "limit") };
    for await (const data of downloadArtifact(tracking, parseArtifactName(name), range)) yield { data: plain(data) };
  },
  async getArtifact({ name }) {
    return { artifact: artifactToProto(await getArtifact(tracking, parseArtifactName(name))) };
  },
  async deleteArtifact({ name }) {
    await deleteArtifact(tracking, parseArtifactName(name));
    return {};
  },
});

async function* bytesOf(first: Uint8Array, messages: AsyncIterator<UploadArtifactRequest>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await messages.next(); !next.done; next = await messages.next()) {
    if (next.value.declaration !== undefined)
      throw invalidField("declaration", "only the first message of an upload may declare what comes");
    yield next.value.data;
  }
}

/** Messages hold plain byte arrays, and files are read as Buffers. Nobody writes into a piece once it was read. */
const plain = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** The RPC edge of the thread: convert, call, convert. */
export const lineageHandlers = (tracking: Tracking): ServiceImpl<typeof LineageService> => ({
  async recordExecution(request) {
    const record = recordFromProto(request, "");
    await recordExecutions(tracking, parseProject(record.execution.project, "execution.project"), [record]);
    return {};
  },
  async recordExecutions({ parent, records }) {
    const project = parseProject(parent, "parent");
    const given = records.map((it, i) => recordFromProto(it, `records[${i}].`));
    for (const [i, { execution }] of given.entries())
      if (execution.project !== parent) throw invalidField(`records[${i}].execution.project`, `it is not "${parent}"`);
    await recordExecutions(tracking, project, given);
    return {};
  },
  async getLineage(request) {
    return threadToProto(await getThread(tracking, threadQueryFromProto(request)));
  },
});
