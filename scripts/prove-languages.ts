import type { Addresses } from "./prove-platform.ts";
import { expectPatterns, expectThat, type Proof } from "./prove-proof.ts";
import { inPython, installPython } from "./prove-python.ts";
import { compileGo, compileJava, generateGo, generateJava, proveCommitted } from "./prove-stubs.ts";
import { tool } from "./prove-tool.ts";

/** What every language's example prints, besides the name of the run that it logged. */
const EXAMPLE_LINES = [
  /^read auc 0\.75 at step 3$/m,
  /^refused (InvalidArgument|INVALID_ARGUMENT) INVALID_FIELD$/m,
  /^field page_size: .*greater than or equal to 0/m,
];

/** Checks an example's output, and asks for the run that it says it logged another way: over REST. */
async function checkExample(output: string, { http }: Addresses): Promise<void> {
  expectPatterns(output, EXAMPLE_LINES);
  const name = /^logged (projects\/default\/runs\/\S+)$/m.exec(output)?.[1];
  expectThat(name !== undefined, `the output names no run:\n${output}`);
  const answer = (await (await fetch(`${http}/v1/${name}`)).json()) as {
    readonly run?: { readonly metrics?: readonly { readonly key?: string; readonly value?: number }[] };
  };
  const metric = answer.run?.metrics?.[0];
  expectThat(
    metric?.key === "auc" && metric.value === 0.75,
    `REST does not show the metric: ${JSON.stringify(answer)}`,
  );
}

export const pythonProofs: readonly Proof[] = [
  {
    name: "python: the committed stubs are what buf generates",
    run: () => proveCommitted("libs/clients/python/buf.gen.yaml", "libs/clients/python/gen"),
  },
  {
    name: "python: the client builds, installs and agrees with its dependencies",
    run: installPython,
  },
  {
    name: "python: the example logs a run, reads it back, and is told what was wrong",
    run: async (addresses) => checkExample(await inPython("libs/clients/python/example.py", addresses.grpc), addresses),
  },
  {
    name: "python: the client's own tests pass",
    run: async ({ grpc }) =>
      expectPatterns(await inPython("libs/clients/python/test_client.py", grpc), [/^\d+ passed$/m]),
  },
  {
    name: "python: an estimator is trained without each feature, and the platform reports what that costs",
    run: async ({ grpc }) =>
      expectPatterns(await inPython("libs/clients/python/test_selection.py", grpc), [/^\d+ passed, 0 failed$/m]),
  },
  {
    name: "python: variants of a model are made, registered, measured and gated",
    run: async ({ grpc }) =>
      expectPatterns(await inPython("libs/clients/python/test_variants.py", grpc), [/^\d+ passed, 0 failed$/m]),
  },
];

let goExample = "";

export const goProofs: readonly Proof[] = [
  { name: "go: buf generates the stubs", run: generateGo },
  {
    name: "go: the client passes vet and compiles",
    async run() {
      goExample = await compileGo();
    },
  },
  {
    name: "go: the example logs a run, reads it back, and is told what was wrong",
    async run(addresses) {
      expectThat(goExample !== "", "the Go client was not compiled");
      await checkExample(await tool([goExample, "-target", addresses.grpc]), addresses);
    },
  },
];

let classPath = "";

export const javaProofs: readonly Proof[] = [
  { name: "java: buf generates the stubs", run: generateJava },
  {
    name: "java: the client compiles",
    async run() {
      classPath = await compileJava();
    },
  },
  {
    name: "java: the example logs a run, reads it back, and is told what was wrong",
    async run(addresses) {
      expectThat(classPath !== "", "the Java client was not compiled");
      const program = "dev.throughline.example.Example";
      await checkExample(await tool(["java", "-cp", classPath, program, addresses.grpc]), addresses);
    },
  },
];

export const typescriptProofs: readonly Proof[] = [
  {
    name: "typescript: the committed stubs are what buf generates",
    run: () => proveCommitted("buf.gen.yaml", "libs/contracts/src/gen"),
  },
  {
    name: "typescript: the client compiles",
    run: async () => void (await tool(["tsc", "-p", "libs/clients/typescript"])),
  },
  {
    name: "typescript: the example logs a run, reads it back, and is told what was wrong",
    async run(addresses) {
      const example = "libs/clients/typescript/example/main.ts";
      await checkExample(await tool([process.execPath, example, `http://${addresses.grpc}`]), addresses);
    },
  },
];
