import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tool } from "./prove-tool.ts";
import { ROOT } from "./run.ts";

/** The generators of Go. Once installed, asking again costs a second and no download. */
const GO_GENERATORS = [
  "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12",
  "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2",
];

/** The generators of Java, as Maven artifacts; pom.xml of the Java client has the libraries of the same versions. */
const JAVA_GENERATORS = {
  protoc: "com.google.protobuf:protoc:4.36.2",
  "protoc-gen-grpc-java": "io.grpc:protoc-gen-grpc-java:1.83.0",
} as const;

/** Generates the Go stubs into the Go client's folder, which git ignores. */
export async function generateGo(): Promise<void> {
  const GOBIN = join(ROOT, ".cache/go-gen/bin");
  for (const it of GO_GENERATORS) await tool(["go", "install", it], { cwd: tmpdir(), env: { GOBIN } });
  await tool(["buf", "generate", "--template", "libs/clients/go/buf.gen.yaml"]);
}

/** Generates the Java stubs into the Java client's target folder, which git ignores. */
export async function generateJava(): Promise<void> {
  for (const [name, artifact] of Object.entries(JAVA_GENERATORS)) await mavenProgram(name, artifact);
  await tool(["buf", "generate", "--template", "libs/clients/java/buf.gen.yaml"]);
}

async function mavenProgram(name: string, artifact: string): Promise<void> {
  const folder = join(ROOT, ".cache/java-gen");
  const [, id, version] = artifact.split(":");
  const file = join(folder, `${id}-${version}-${mavenPlatform()}.exe`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";
    const wanted = `${artifact}:exe:${mavenPlatform()}`;
    await tool(["mvn", "-B", "-q", copy, `-Dartifact=${wanted}`, `-DoutputDirectory=${folder}`], { cwd: tmpdir() });
  }
  copyFileSync(file, join(folder, name));
  chmodSync(join(folder, name), 0o755);
}

/** This machine's name in the classifiers of Maven artifacts. */
function mavenPlatform(): string {
  const system = { linux: "linux", darwin: "osx", win32: "windows" }[process.platform as string];
  const processor = { x64: "x86_64", arm64: "aarch_64" }[process.arch as string];
  if (!system || !processor) throw new Error(`no generator for ${process.platform} on ${process.arch}`);
  return `${system}-${processor}`;
}

/** Generates stubs that are committed somewhere else, and fails unless the committed ones are the same. */
export async function proveCommitted(template: string, folder: string): Promise<void> {
  // The first run of the generator installs what the templates name.
  if (!existsSync(join(ROOT, ".cache/python-gen/installed.txt"))) await tool([process.execPath, "scripts/generate.ts"]);
  const scratch = mkdtempSync(join(tmpdir(), "throughline-stubs-"));
  try {
    await tool(["buf", "generate", "--template", template, "--output", scratch]);
    const made = digests(join(scratch, folder));
    const committed = digests(join(ROOT, folder));
    const wrong = [...new Set([...made.keys(), ...committed.keys()])].filter(
      (it) => made.get(it) !== committed.get(it),
    );
    if (wrong.length > 0) throw new Error(`stale in ${folder}, run "npm run gen": ${wrong.join(", ")}`);
    if (made.size === 0) throw new Error(`${template} generated nothing`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The digest of every stub below a folder, by its path. */
function digests(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((it) =>
    /\.(pyi?|js|d\.ts)$/.test(it),
  );
  return new Map(
    names.map(
      (it) =>
        [
          it,
          createHash("sha256")
            .update(readFileSync(join(folder, it)))
            .digest("hex"),
        ] as const,
    ),
  );
}

/** Compiles the Java client and returns the class path to run it with. */
export async function compileJava(): Promise<string> {
  const cwd = join(ROOT, "libs/clients/java");
  await tool(["mvn", "-B", "-q", "compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath.txt"], {
    cwd,
  });
  return `${join(cwd, "target/classes")}:${readFileSync(join(cwd, "target/classpath.txt"), "utf8").trim()}`;
}

/** Compiles everything of the Go client, and returns the example's program. */
export async function compileGo(): Promise<string> {
  const cwd = join(ROOT, "libs/clients/go");
  const program = join(ROOT, ".cache/go-gen/example");
  await tool(["go", "vet", "./..."], { cwd });
  await tool(["go", "build", "-mod=readonly", "-o", program, "./example"], { cwd });
  return program;
}
