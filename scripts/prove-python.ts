import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tool } from "./prove-tool.ts";
import { ROOT } from "./run.ts";

/** Programs of others that the platform is proved with, and what our client needs and is built with. */
const PACKAGES = [
  "openapi-spec-validator==0.9.0",
  "tritonclient[grpc,http]==2.73.0",
  "kserve==0.21.0",
  "grpcio==1.85.1",
  "protobuf==6.33.6",
  "googleapis-common-protos==1.76.0",
  "setuptools==80.9.0",
  "numpy==2.4.6",
  "onnx==1.23.2",
  "onnxruntime==1.31.1",
  "pyarrow==26.0.1",
];

const folder = join(ROOT, ".cache/prove-python");

const python = join(folder, "bin/python");

/** Makes a virtual environment with the programs of others and our client, built and installed as users install it. */
export async function installPython(): Promise<void> {
  const pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"] as const;
  const marker = join(folder, "installed.txt");
  const wanted = PACKAGES.join("\n");
  if (!existsSync(marker) || readFileSync(marker, "utf8") !== wanted) {
    await tool(["python3", "-m", "venv", "--clear", folder]);
    await tool([...pip, "install", ...PACKAGES]);
    writeFileSync(marker, wanted);
  }
  const asIs = ["--force-reinstall", "--no-deps", "--no-build-isolation"];
  await tool([...pip, "install", ...asIs, join(ROOT, "libs/clients/python")]);
  await tool([...pip, "check"]);
}

/** Runs a script of the checkout in that environment and returns what it printed. */
export const inPython = (script: string, ...args: readonly string[]): Promise<string> =>
  tool([python, join(ROOT, script), ...args]);
