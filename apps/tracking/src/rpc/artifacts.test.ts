import { randomBytes } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { digestOfBytes } from "@throughline/kernel";
import { fromMs } from "@throughline/rpc";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failure, inOrder, type ServiceForTests, serviceForTests } from "../testing-service.ts";

const PARENT = "projects/p";

for (const database of everyDatabase()) {
  describe(`ArtifactService on ${database.name}`, () => {
    let it: ServiceForTests;
    beforeAll(async () => {
      it = await serviceForTests(await database.empty());
    });
    afterAll(() => it.close());

    const upload = (declaration: object, pieces: readonly Uint8Array[] = []) =>
      it.artifacts.uploadArtifact(
        inOrder([{ declaration: { parent: PARENT, ...declaration } }, ...pieces.map((data) => ({ data }))]),
      );
    const download = async (digest: string, range: { offset?: bigint; limit?: bigint } = {}, parent = PARENT) => {
      const pieces: Uint8Array[] = [];
      for await (const { data } of it.artifacts.downloadArtifact({ name: `${parent}/artifacts/${digest}`, ...range }))
        pieces.push(data);
      return Buffer.concat(pieces);
    };

    test("bytes come back as they were, whole and in part", async () => {
      const bytes = randomBytes(3 * 1024 * 1024 + 17);
      const pieces = Array.from({ length: 4 }, (_, i) => bytes.subarray(i * 1024 * 1024, (i + 1) * 1024 * 1024));
      const digest = digestOfBytes(bytes);
      const declared = {
        digest,
        sizeBytes: BigInt(bytes.length),
        mediaType: "application/onnx",
        kind: ArtifactKind.MODEL,
      };
      const { artifact } = await upload(declared, pieces);
      expect(artifact).toMatchObject({ project: PARENT, ...declared, createTime: fromMs(it.clock.now()) });
      expect((await it.artifacts.getArtifact({ name: `${PARENT}/artifacts/${digest}` })).artifact).toEqual(artifact);
      expect(digestOfBytes(await download(digest))).toBe(digest);
      const part = await download(digest, { offset: 1_000_000n, limit: 2_000_000n });
      expect(part.equals(bytes.subarray(1_000_000, 3_000_000))).toBe(true);
      const tail = await download(digest, { offset: 3n * 1024n * 1024n, limit: 99_999_999_999n });
      expect(tail.equals(bytes.subarray(3 * 1024 * 1024))).toBe(true);
    });

    test("an empty artifact is an artifact", async () => {
      const { artifact } = await upload({ sizeBytes: 0n });
      expect(artifact?.sizeBytes).toBe(0n);
      expect(await download(artifact?.digest ?? "")).toHaveLength(0);
    });

    test("a range after the end, or beyond 2^53, is refused", async () => {
      const digest = await it.upload("0123456789");
      expect(await failure(download(digest, { offset: 10n }))).toEqual(["InvalidArgument", "RANGE_NOT_SATISFIABLE"]);
      expect(await failure(download(digest, { offset: 2n ** 60n }))).toEqual(["InvalidArgument", "INVALID_FIELD"]);
    });

    test("bytes that are not the declared ones leave nothing behind", async () => {
      const digest = digestOfBytes("wanted");
      const wrong = upload({ digest }, [Buffer.from("others")]);
      expect(await failure(wrong)).toEqual(["InvalidArgument", "DIGEST_MISMATCH"]);
      for (const sizeBytes of [5n, 7n])
        expect(await failure(upload({ digest, sizeBytes }, [Buffer.from("wanted")]))).toEqual([
          "InvalidArgument",
          "SIZE_MISMATCH",
        ]);
      for (const found of [digest, digestOfBytes("others")])
        expect(await failure(it.artifacts.getArtifact({ name: `${PARENT}/artifacts/${found}` }))).toEqual([
          "NotFound",
          "NOT_FOUND",
        ]);
    });

    test("an upload that breaks off leaves nothing behind", async () => {
      const piece = Buffer.alloc(64 * 1024, 7);
      async function* broken() {
        yield { declaration: { parent: PARENT } };
        yield { data: piece };
        throw new ConnectError("the line was cut", Code.Canceled);
      }
      expect((await failure(it.artifacts.uploadArtifact(broken())))[0]).toBe("Canceled");
      expect(await failure(download(digestOfBytes(piece)))).toEqual(["NotFound", "NOT_FOUND"]);
    });

    test("the first message declares, and only the first", async () => {
      const data = Buffer.from("x");
      const none = it.artifacts.uploadArtifact(inOrder([{ data }]));
      expect(await failure(none)).toEqual(["InvalidArgument", "INVALID_FIELD"]);
      const declaration = { parent: PARENT };
      const twice = it.artifacts.uploadArtifact(
        inOrder([
          { declaration, data },
          { declaration, data },
        ]),
      );
      expect(await failure(twice)).toEqual(["InvalidArgument", "INVALID_FIELD"]);
      expect((await failure(it.artifacts.uploadArtifact(inOrder([]))))[0]).toBe("InvalidArgument");
    });

    test("another project knows nothing of an artifact, and may upload the same bytes itself", async () => {
      const digest = await it.upload("shared bytes");
      const name = `projects/q/artifacts/${digest}`;
      expect(await failure(it.artifacts.getArtifact({ name }))).toEqual(["NotFound", "NOT_FOUND"]);
      expect(await failure(download(digest, {}, "projects/q"))).toEqual(["NotFound", "NOT_FOUND"]);
      expect(await it.upload("shared bytes", "projects/q")).toBe(digest);
      expect((await it.artifacts.getArtifact({ name })).artifact?.project).toBe("projects/q");
    });

    test("the same upload twice, and ten at the same time, is one artifact; a kind that says more stays", async () => {
      const bytes = Buffer.from("often");
      await Promise.all(Array.from({ length: 10 }, () => upload({}, [bytes])));
      await upload({ kind: ArtifactKind.MODEL, mediaType: "a/b" }, [bytes]);
      const { artifact } = await upload({ mediaType: "c/d" }, [bytes]);
      expect(artifact).toMatchObject({ kind: ArtifactKind.MODEL, mediaType: "a/b" });
    });
  });
}
