import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { FileEntrySchema, FileService } from "@throughline/contracts/throughline/tracking/v1/file_service_pb";
import { parseOwner } from "../domain/file-owner.ts";
import type { TreeFile } from "../domain/file-tree.ts";
import { deleteFiles, filePutter, getFile, listFiles } from "../domain/files.ts";
import type { Tracking } from "../domain/ports.ts";
import { filesFromProto } from "./convert-batch.ts";

/** The RPC edge of files: convert, call, convert. */
export function fileHandlers(tracking: Tracking): ServiceImpl<typeof FileService> {
  const put = filePutter(tracking);
  return {
    async listFiles({ parent, path, recursive, pageSize, pageToken }) {
      const page = { size: pageSize, token: pageToken };
      const { items, nextPageToken } = await listFiles(tracking, { owner: parseOwner(parent), path, recursive, page });
      return {
        files: items.map((it) => (it.type === "FILE" ? entryToProto(it) : { path: it.path, directory: true })),
        nextPageToken,
      };
    },
    async getFile({ parent, path }) {
      return { file: entryToProto(await getFile(tracking, parseOwner(parent), path)) };
    },
    async putFiles({ parent, files }) {
      await put(parseOwner(parent), filesFromProto(files, "files"));
      return {};
    },
    async deleteFiles({ parent, path }) {
      return { deletedCount: BigInt(await deleteFiles(tracking, parseOwner(parent), path)) };
    },
  };
}

const entryToProto = ({ path, digest, sizeBytes, mediaType }: TreeFile): MessageInitShape<typeof FileEntrySchema> => ({
  path,
  digest,
  sizeBytes: BigInt(sizeBytes),
  mediaType,
});
