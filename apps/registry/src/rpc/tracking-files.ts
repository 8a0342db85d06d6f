import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { FileService } from "@throughline/contracts/throughline/tracking/v1/file_service_pb";
import { parseDigest } from "@throughline/kernel";
import type { SourceFile, SourceFiles } from "../domain/ports.ts";

/** No longer is waited for one answer of tracking. */
const CALL = { timeoutMs: 10_000 } as const;
const PAGE_SIZE = 1_000;

/** Asks tracking for the files of runs, logged models and projects. */
export function trackingFiles(tracking: Transport): SourceFiles {
  const client = createClient(FileService, tracking);
  return {
    async list({ parent, path }, most) {
      try {
        const files: SourceFile[] = [];
        let pageToken = "";
        do {
          const page = await client.listFiles({ parent, path, recursive: true, pageSize: PAGE_SIZE, pageToken }, CALL);
          files.push(...page.files.filter((it) => !it.directory).map(sourceFile));
          pageToken = page.nextPageToken;
        } while (pageToken !== "" && files.length <= most);
        return files;
      } catch (error) {
        if (ConnectError.from(error).code !== Code.NotFound) throw error;
        return undefined;
      }
    },
  };
}

const sourceFile = (file: {
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: bigint;
}): SourceFile => ({
  path: file.path,
  digest: parseDigest(file.digest, "file.digest"),
  sizeBytes: Number(file.sizeBytes),
});
