import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BlobStore, openBlobs } from "@throughline/blobs";
import { canonicalJson, digestOfBytes, type Json } from "@throughline/kernel";
import { type Database, everyDatabase, s3ServersToTest } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { END, headerOf, paddingOf } from "../domain/archive.ts";
import { archiveReader } from "../domain/archive-reader.ts";
import {
  failureOf,
  fixture,
  openRegistry,
  PATIENCE,
  type RegistryInProcess,
  registerFixture,
  surroundings,
} from "../registry-in-process.ts";

const SERVICE = "projects/p/featureServices/late";
const DEFINITION = {
  version: 1,
  digest: digestOfBytes("late 1"),
  views: [{ view: "projects/p/featureViews/weather", version: 3, digest: digestOfBytes("weather 3") }],
  features: ["a", "b", "c"],
  requestFeatures: ["c"],
};

const minio = (await s3ServersToTest(process.env)).find((it) => it.name === "minio");

/** Objects of an S3 server where one runs, in a bucket of their own. */
async function s3Blobs(): Promise<BlobStore | undefined> {
  if (!minio) return undefined;
  const server = await minio.start();
  // To this server a bucket is a folder.
  await mkdir(join(server.dir, "other"));
  const cacheDir = await mkdtemp(join(tmpdir(), "throughline-registry-cache-"));
  const url = `s3://${server.accessKey}:${server.secretKey}@127.0.0.1:${server.port}/other?tls=false`;
  const blobs = await openBlobs(url, { cacheDir });
  afterAll(async () => {
    await blobs.close();
    await server.stop();
    await rm(cacheDir, { recursive: true, force: true });
  });
  return blobs;
}

/** An installation that shares nothing with any other. */
async function installation(database: Database, blobs?: BlobStore): Promise<RegistryInProcess> {
  const around = await surroundings(await database.empty());
  const registry = await openRegistry(blobs ? { ...around, blobs } : around);
  registry.featureServices.set(SERVICE, [DEFINITION]);
  return registry;
}

async function exported(registry: RegistryInProcess, name: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const { data } of registry.releases.exportRelease({ name })) pieces.push(data);
  return Buffer.concat(pieces);
}

async function* uploadOf(archive: Uint8Array, declaration: { parent: string; digest?: string }) {
  yield { declaration };
  for (let at = 0; at < archive.length; at += 1_000) yield { data: new Uint8Array(archive.subarray(at, at + 1_000)) };
}

const imported = (registry: RegistryInProcess, archive: Uint8Array, digest = "", parent = "projects/p") =>
  registry.releases.importRelease(uploadOf(archive, { parent, digest }));

type Files = [name: string, content: Buffer][];

async function filesOf(archive: Buffer): Promise<Files> {
  const reader = archiveReader(
    (async function* () {
      yield archive;
    })(),
    10 ** 8,
  );
  const files: Files = [];
  for (let file = await reader.next(); file; file = await reader.next()) {
    const content: Uint8Array[] = [];
    for await (const piece of file.content) content.push(piece);
    files.push([file.name, Buffer.concat(content)]);
  }
  return files;
}

const archiveOf = (files: Files): Buffer =>
  Buffer.concat([
    ...files.flatMap(([name, content]) => [
      headerOf(name, content.length),
      content,
      Buffer.alloc(paddingOf(content.length)),
    ]),
    END,
  ]);

const databases = everyDatabase();
const [sqlite] = databases;

for (const database of databases)
  describe(`archives of releases to ${database.name}${database.name === "mongodb" && minio ? " and S3" : ""}`, () => {
    let here: RegistryInProcess;
    let there: RegistryInProcess;
    let release: { name: string; digest: string };
    let archive: Buffer;

    beforeAll(async () => {
      if (!sqlite) throw new Error("there is no database");
      here = await installation(sqlite);
      there = await installation(database, database.name === "mongodb" ? await s3Blobs() : undefined);
      release = await released(0.5);
      archive = await exported(here, release.name);
    });

    const released = async (late: number, modelVersion?: string) => {
      const version = modelVersion ?? (await registerFixture(here, `late-${late * 100}`, "line"));
      const part = (text: string) => here.upload(Buffer.from(text));
      const made = await here.releases.createRelease({
        parent: "projects/p",
        description: "the first",
        manifest: {
          models: { main: { modelVersion: version } },
          graph: {
            nodes: [
              { name: "main", kind: { case: "model", value: { outputTensor: "probabilities", outputColumn: 1 } } },
            ],
          },
          features: { featureService: SERVICE },
          schemaDigest: await part("schema"),
          certificateDigest: await part("certificate"),
          // Two parts may be the same bytes.
          baselineStatisticsDigest: await part("schema"),
          thresholds: { late },
        },
      });
      return { name: made.release?.name ?? "", digest: made.release?.digest ?? "" };
    };
    const changedFiles = async (change: (files: Files) => void): Promise<Buffer> => {
      const files = await filesOf(archive);
      change(files);
      return archiveOf(files);
    };
    const refusal = async (bytes: Uint8Array) => {
      const failure = await failureOf(imported(there, bytes));
      expect((await there.releases.listReleases({ parent: "projects/p" })).releases).toEqual([]);
      return failure;
    };

    test("the same release gives the same bytes, which other programs can read and check", async () => {
      expect(Buffer.compare(await exported(here, release.name), archive)).toBe(0);
      const folder = await mkdtemp(join(tmpdir(), "throughline-archive-"));
      try {
        await writeFile(join(folder, "release.tar"), archive);
        await promisify(execFile)("tar", ["-xf", "release.tar"], { cwd: folder });
        await promisify(execFile)("sha256sum", ["--check", "--strict", "checksums.sha256"], { cwd: folder });
        expect(await readdir(join(folder, "blobs/sha256"))).toHaveLength(4);
      } finally {
        await rm(folder, { recursive: true });
      }
      const index = JSON.parse((await filesOf(archive))[0]?.[1].toString() ?? "") as unknown;
      expect(index).toMatchObject({
        release: { digest: release.digest, description: "the first", actor: "local" },
        versions: [{ name: "projects/p/models/late-50/versions/1", format: "ONNX" }],
        featureService: { digest: DEFINITION.digest },
        lineage: [{ execution: { kind: "REGISTER" } }, { execution: { kind: "RELEASE" } }],
      });
    });

    describe("hostile and damaged archives", () => {
      test.each([
        ["a path out of the folder", (files: Files) => void files.push(["../x", Buffer.from("x")])],
        ["an absolute path", (files: Files) => void files.push(["/etc/cron.d/x", Buffer.from("x")])],
        ["a drive", (files: Files) => void files.push(["C:\\x", Buffer.from("x")])],
        [
          "a file that is not listed",
          (files: Files) => void files.push([`blobs/sha256/${"0".repeat(64)}`, Buffer.from("x")]),
        ],
        ["a file twice", (files: Files) => void files.push(files.at(-1) as Files[number])],
        ["a file that is missing", (files: Files) => void files.pop()],
        ["files in another order", (files: Files) => void files.reverse()],
        ["a changed part", (files: Files) => void files.at(-1)?.[1].write("X")],
        ["a changed manifest", (files: Files) => void files[2]?.[1].write("X", 20)],
        ["an index that is no JSON", (files: Files) => void files[0]?.[1].write("X")],
        ["an empty archive", (files: Files) => void files.splice(0)],
        ["a list of checksums that lies", (files: Files) => void files[1]?.[1].write("0000")],
      ])("%s is refused, and nothing of it is visible", async (_, change) => {
        expect((await refusal(await changedFiles(change))).reason).toBe("ARCHIVE_INVALID");
      });

      /** An archive whose manifest and index were changed, with all digests made right again. */
      const forged = async (change: (manifest: Record<string, unknown>) => void): Promise<Buffer> => {
        const files = await filesOf(archive);
        const [index, , manifest] = files.map(([, content]) => content.toString());
        const changed = JSON.parse(manifest ?? "") as Record<string, unknown>;
        change(changed);
        const written = canonicalJson(changed as Json);
        const digest = digestOfBytes(written);
        const id = (of: string) => of.slice(7, 23);
        const told = canonicalJson(
          JSON.parse(
            (index ?? "")
              .replaceAll(release.digest, digest)
              .replaceAll(`releases/${id(release.digest)}`, `releases/${id(digest)}`)
              .replace(`"sizeBytes":${manifest?.length}`, `"sizeBytes":${written.length}`),
          ) as Json,
        );
        const blobs = files.slice(3);
        const sums = [["release.json", told] as const, [`blobs/sha256/${digest.slice(7)}`, written] as const, ...blobs];
        const list = sums.map(([name, content]) => `${digestOfBytes(content).slice(7)}  ${name}\n`).join("");
        return archiveOf([
          ["release.json", Buffer.from(told)],
          ["checksums.sha256", Buffer.from(list)],
          [`blobs/sha256/${digest.slice(7)}`, Buffer.from(written)],
          ...blobs,
        ]);
      };

      test("an archive that was forged with care is taken for what it says, and only if that is sound", async () => {
        const deep = await forged((it) => {
          it["unheardOf"] = 1;
        });
        expect((await refusal(deep)).reason).toBe("ARCHIVE_INVALID");
        const wrongColumn = await forged((it) => {
          const nodes = (it["graph"] as { nodes: { model: { outputColumn: number } }[] }).nodes;
          if (nodes[0]) nodes[0].model.outputColumn = 7;
        });
        expect(await refusal(wrongColumn)).toMatchObject({
          reason: "RELEASE_REFUSED",
          paths: ["manifest.graph.nodes[0].model.output_column"],
        });
        const otherFeatures = await forged((it) => {
          (it["features"] as { digest: string }).digest = digestOfBytes("other");
        });
        expect(await refusal(otherFeatures)).toMatchObject({
          reason: "RELEASE_REFUSED",
          paths: ["manifest.features.digest"],
        });
      });

      test("everything that can be known before the parts are read is told at once", async () => {
        there.featureServices.clear();
        const attempt = imported(there, archive, digestOfBytes("other"), "projects/q");
        const { reason, paths } = await failureOf(attempt);
        there.featureServices.set(SERVICE, [DEFINITION]);
        expect(reason).toBe("RELEASE_REFUSED");
        expect(paths).toEqual(["declaration.digest", "declaration.parent", "manifest.features.feature_service"]);
      });

      test("more bytes than a release may have are refused while they come", async () => {
        const small = await openRegistry(await surroundings(await database.empty()), {
          modelCheck: { modelBytesMax: 100 },
        });
        small.featureServices.set(SERVICE, [DEFINITION]);
        const { reason, paths } = await failureOf(imported(small, archive));
        expect({ reason, paths }).toEqual({ reason: "RELEASE_REFUSED", paths: ["models.main"] });
      });
    });

    test("another installation imports it, verifies it byte for byte, and exports the same bytes again", async () => {
      const { release: made, existed } = await imported(there, archive, release.digest);
      expect({ name: made?.name, digest: made?.digest, existed }).toEqual({ ...release, existed: false });
      const { verified, parts } = await there.releases.verifyRelease({ name: release.name });
      expect({ verified, parts: parts.length }).toEqual({ verified: true, parts: 7 });
      expect((await here.releases.getRelease({ name: release.name })).release?.manifest).toEqual(made?.manifest);
      expect(Buffer.compare(await exported(there, release.name), archive)).toBe(0);
      expect(await imported(there, archive)).toMatchObject({ existed: true, release: { name: release.name } });
      // The versions that it names stay inside of it.
      expect((await failureOf(there.models.getModel({ name: "projects/p/models/late-50" }))).reason).toBe("NOT_FOUND");
      await expect.poll(() => there.recorded.map((it) => it.execution.kind), PATIENCE).toContain("RELEASE");
      const record = there.recorded.find((it) => it.execution.kind === "RELEASE");
      expect(record?.artifacts.map((it) => it.kind)).toContain("MODEL");
      await there.deployments.createDeployment({
        parent: "projects/p",
        deploymentId: "imported",
        deployment: { traffic: [{ release: release.name, weightBasisPoints: 10_000 }] },
      });
      const differences = (await there.releases.diffReleases({ name: release.name, base: release.name })).differences;
      expect(differences).toEqual([]);
    });

    test("a version of the same name that is another model here is refused, one that is the same is kept", async () => {
      const same = await released(0.7);
      await registerFixture(there, "late-70", "line");
      await imported(there, await exported(here, same.name));
      const kept = there.models.deleteModelVersion({ name: "projects/p/models/late-70/versions/1" });
      expect((await failureOf(kept)).reason).toBe("IN_RELEASE");
      const other = await released(0.8);
      await registerFixture(there, "late-80", "tree");
      const attempt = await failureOf(imported(there, await exported(here, other.name)));
      expect(attempt).toEqual({ reason: "RELEASE_REFUSED", paths: ['manifest.models["main"].model_version'] });
    });

    test("gates of a model hold for imported releases too: of what is not known nothing is taken for granted", async () => {
      const other = await released(0.9);
      await imported(there, await exported(here, other.name));
      await there.models.createModel({ parent: "projects/p", modelId: "late-90" });
      await there.gates.setGate({
        gate: {
          name: "projects/p/models/late-90/gates/fast",
          targets: ["deployments/-"],
          condition: { case: "latency", value: { maxMs: 10 } },
        },
      });
      const attempt = there.deployments.createDeployment({
        parent: "projects/p",
        deploymentId: "gated",
        deployment: { traffic: [{ release: other.name, weightBasisPoints: 10_000 }] },
      });
      await expect(attempt).rejects.toThrow("came with the release and is not registered here");
    });

    test("a part that is gone is told, and the differences of two releases are told in words", async () => {
      const next = await released(0.6, "projects/p/models/late-50/versions/1");
      const { differences } = await here.releases.diffReleases({ name: next.name, base: release.name });
      expect(differences.map((it) => it.sentence)).toEqual(["The threshold late went from 0.5 to 0.6."]);
      await here.blobs.delete(digestOfBytes(await fixture("line")));
      const attempt = exported(here, next.name);
      expect(await failureOf(attempt)).toEqual({ reason: "RELEASE_INCOMPLETE", paths: ["models.main"] });
      await here.upload(await fixture("line"));
    });
  });
