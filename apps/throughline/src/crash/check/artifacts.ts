import { createHash } from "node:crypto";
import type { Json } from "@throughline/kernel";
import { unlessMissing } from "../content.ts";
import type { Services } from "../services.ts";
import type { Reader } from "./reader.ts";

/** The sizes of artifacts, by digest, once their bytes were read and have that digest. */
export const readArtifacts: Reader = async (services, digests) => {
  const found = new Map<string, Json>();
  for (const digest of digests) found.set(digest, await sizeOf(services, digest));
  return found;
};

async function sizeOf({ artifacts, parent }: Services, digest: string): Promise<Json> {
  const name = `${parent}/artifacts/${digest}`;
  const known = await unlessMissing(artifacts.getArtifact({ name }));
  if (!known?.artifact) return null;
  const hash = createHash("sha256");
  let size = 0;
  try {
    for await (const { data } of artifacts.downloadArtifact({ name })) {
      hash.update(data);
      size += data.length;
    }
  } catch (error) {
    return `listed, but its bytes cannot be read: ${String(error)}`;
  }
  if (`sha256:${hash.digest("hex")}` !== digest) return "listed with bytes of another digest";
  return size === Number(known.artifact.sizeBytes) ? size : `listed with ${known.artifact.sizeBytes} of ${size} bytes`;
}

const PAGE = 1_000;

/** Reads every object of the blob store: what is listed is whole, however it came there. */
export async function checkBytes({ blobs }: Services): Promise<readonly string[]> {
  const problems: string[] = [];
  for (let page = await blobs.list({ limit: PAGE }); ; ) {
    for (const { digest, size } of page) {
      let read = 0;
      try {
        for await (const piece of blobs.get(digest)) read += piece.length;
        if (read !== size) problems.push(`the object ${digest} is listed with ${size} bytes and has ${read}`);
      } catch (error) {
        problems.push(`the object ${digest} is listed and cannot be read: ${String(error)}`);
      }
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return problems;
    page = await blobs.list({ limit: PAGE, after: last.digest });
  }
}
