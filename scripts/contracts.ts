/** Fetches the contracts of others that ours import, and names the generated stubs' inputs. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = join(root, ".cache/protos");

/** What is taken from where. A change of a version here fetches everything again. */
const SOURCES = {
  npm: {
    "google-gax@6.17.0": {
      "build/protos": [
        "google/api/annotations.proto",
        "google/api/http.proto",
        "google/rpc/error_details.proto",
        "google/rpc/status.proto",
      ],
    },
    "grpc-health-check@2.1.0": { "proto/health/v1": ["health.proto"] },
    "@grpc/reflection@1.0.4": { "build/proto": ["grpc/reflection/v1/reflection.proto"] },
  },
  go: { "github.com/bufbuild/protovalidate@v1.2.2": { "proto/protovalidate": ["buf/validate/validate.proto"] } },
} as const;

/** Where a file stands in its package and where it is imported from differ for this one. */
const PLACES: Readonly<Record<string, string>> = { "health.proto": "grpc/health/v1/health.proto" };

/** Puts the contracts of others into `.cache/protos`, unless the right versions are there. */
export function fetchContracts(): void {
  const marker = join(target, "sources.json");
  const wanted = JSON.stringify(SOURCES);
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return;
  rmSync(target, { recursive: true, force: true });
  const scratch = mkdtempSync(join(tmpdir(), "throughline-protos-"));
  try {
    for (const [name, folders] of Object.entries(SOURCES.npm)) copyAll(npmPackage(name, scratch), folders);
    for (const [name, folders] of Object.entries(SOURCES.go)) copyAll(goModule(name, scratch), folders);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  writeFileSync(marker, wanted);
}

function copyAll(folder: string, files: Readonly<Record<string, readonly string[]>>): void {
  for (const [base, names] of Object.entries(files)) {
    for (const name of names) {
      const place = join(target, PLACES[name] ?? name);
      mkdirSync(dirname(place), { recursive: true });
      cpSync(join(folder, base, name), place);
    }
  }
}

function npmPackage(name: string, scratch: string): string {
  const [file] = JSON.parse(
    execFileSync("npm", ["pack", name, "--json", "--pack-destination", scratch], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  ) as { filename: string }[];
  if (!file) throw new Error(`npm packed nothing for ${name}`);
  const folder = mkdtempSync(join(scratch, "npm-"));
  execFileSync("tar", ["xzf", join(scratch, file.filename.replace("@", "").replace("/", "-")), "-C", folder]);
  return join(folder, "package");
}

function goModule(name: string, scratch: string): string {
  const answer = execFileSync("go", ["mod", "download", "-json", name], {
    cwd: scratch,
    encoding: "utf8",
    env: { ...process.env, GOFLAGS: "-mod=mod" },
  });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}
