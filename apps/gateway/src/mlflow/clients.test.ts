import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { type Python, preparePython } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
// By path: the whole platform, which only tests of this app put behind it.
import { type PlatformForTests, platformForTests } from "../../../throughline/src/testing-platform.ts";

/**
 * MLflow's own client, unmodified, in scripts that know no more than an address. They pass against MLflow's own server
 * too, so that what they expect is what MLflow does.
 */
const SCRIPTS = join(import.meta.dirname, "scripts");
const REQUIREMENTS = join(SCRIPTS, "requirements.txt");
const ENVIRONMENT = join(import.meta.dirname, "../../../../.cache/mlflow-clients");
/** A script of those that train models, on a machine that does other things too. */
const SCRIPT_MS_MAX = 900_000;
const INSTALL_MS_MAX = 900_000;

const names = readdirSync(SCRIPTS)
  .filter((it) => it.endsWith(".py") && it !== "expecting.py")
  .map((it) => it.slice(0, -".py".length));

const isAsked = process.env["THROUGHLINE_TEST_SERVERS"] === "1";

describe.skipIf(!isAsked)("scripts with MLflow's client, against the platform", () => {
  let python: Python;
  let platform: PlatformForTests;
  let folder: string;
  const opened: PlatformForTests[] = [];

  const open = async (options: Parameters<typeof platformForTests>[0] = {}): Promise<PlatformForTests> => {
    const made = await platformForTests(options);
    opened.push(made);
    return made;
  };

  beforeAll(async () => {
    python = await preparePython(REQUIREMENTS, ENVIRONMENT);
    folder = await mkdtemp(join(tmpdir(), "throughline-mlflow-"));
    platform = await open();
  }, INSTALL_MS_MAX);

  afterAll(async () => {
    for (const it of opened) await it.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const play = (name: string, environment: Readonly<Record<string, string>>): Promise<string> =>
    python.run(join(SCRIPTS, `${name}.py`), { cwd: folder, environment });

  test.each(names)(
    "%s",
    async (name) => {
      expect(await play(name, { MLFLOW_TRACKING_URI: platform.httpUrl })).toMatch(/^ok$/m);
      expect(platform.bugs).toEqual([]);
    },
    SCRIPT_MS_MAX,
  );

  test(
    "the address chooses the project, and projects do not see each other",
    async () => {
      const uri = `${platform.httpUrl}/projects/flights`;
      expect(await play("manual_logging", { MLFLOW_TRACKING_URI: uri })).toMatch(/^ok$/m);
      expect(await play("artifacts", { MLFLOW_TRACKING_URI: uri })).toMatch(/^ok$/m);
    },
    SCRIPT_MS_MAX,
  );

  test(
    "a token opens the platform, as token or as password, and nothing else does",
    async () => {
      const token = "secret-of-a-scientist";
      const tokenSha256 = createHash("sha256").update(token).digest("hex");
      const closed = await open({ holders: [{ actor: "scientist", role: Role.EDITOR, tokenSha256 }], token });
      const uri = { MLFLOW_TRACKING_URI: closed.httpUrl };
      expect(await play("manual_logging", { ...uri, MLFLOW_TRACKING_TOKEN: token })).toMatch(/^ok$/m);
      const basic = { MLFLOW_TRACKING_USERNAME: "anybody", MLFLOW_TRACKING_PASSWORD: token };
      expect(await play("manual_logging", { ...uri, ...basic })).toMatch(/^ok$/m);
      await expect(play("manual_logging", uri)).rejects.toThrow(/UNAUTHENTICATED/);
      await expect(play("manual_logging", { ...uri, MLFLOW_TRACKING_TOKEN: "guess" })).rejects.toThrow(
        /UNAUTHENTICATED/,
      );
    },
    SCRIPT_MS_MAX,
  );

  test(
    "files go up and come down in parts where a client is told so",
    async () => {
      const megabyte = String(1024 * 1024);
      const parts = {
        MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "true",
        MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: megabyte,
        MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: megabyte,
        MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: "true",
        MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE: megabyte,
        MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: megabyte,
      };
      expect(await play("artifacts", { MLFLOW_TRACKING_URI: platform.httpUrl, ...parts })).toMatch(/^ok$/m);
    },
    SCRIPT_MS_MAX,
  );
});
