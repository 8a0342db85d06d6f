import { mkdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { hasOption } from "@bufbuild/protobuf";
import { SERVICES, type ServiceName, servicesOf } from "@throughline/contracts";
import { http as route } from "@throughline/contracts/google/api/annotations_pb";
import { expectPatterns, expectThat, type Proof } from "./prove-proof.ts";
import { inPython } from "./prove-python.ts";
import { tool } from "./prove-tool.ts";

const GRPCURL = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4";

/** Where the programs of others are kept between runs, outside of the checkout. */
const programs = join(process.env["THROUGHLINE_CACHE"] ?? join(homedir(), ".cache/throughline"), "servers/bin");
const grpcurl = join(programs, "grpcurl");

const contracts = servicesOf(Object.keys(SERVICES) as ServiceName[]);
const services = contracts.map((it) => it.typeName);

/** A caller that knows nothing of our contracts but what the server tells it. */
export const grpcurlProofs: readonly Proof[] = [
  {
    name: "grpcurl: can be installed",
    async run() {
      mkdirSync(programs, { recursive: true });
      await tool(["go", "install", GRPCURL], { cwd: tmpdir(), env: { GOBIN: programs } });
    },
  },
  {
    name: "grpcurl: reflection lists every service",
    async run({ grpc }) {
      const listed = (await tool([grpcurl, "-plaintext", grpc, "list"])).trim().split("\n");
      const missing = services.filter((it) => !listed.includes(it));
      expectThat(missing.length === 0, `not listed: ${missing.join(", ")}`);
    },
  },
  {
    name: "grpcurl: reflection describes every service, with routes and policies",
    async run({ grpc }) {
      for (const it of services) {
        const text = await tool([grpcurl, "-plaintext", grpc, "describe", it]);
        expectPatterns(text, [/is a service:/, /throughline\.type\.v1\.policy\) = \{ role: ROLE_/]);
      }
      const shown = /google\.api\.http\) = \{ get: "\/v1\/\{name=projects\/\*\/runs\/\*\}" \}/;
      const tracking = "throughline.tracking.v1.TrackingService";
      expectPatterns(await tool([grpcurl, "-plaintext", grpc, "describe", tracking]), [shown]);
    },
  },
  {
    name: "grpcurl: a call by reflection alone is answered, and a wrong field is refused",
    async run({ grpc }) {
      const call = (request: string) =>
        tool([grpcurl, "-plaintext", "-d", request, grpc, "throughline.tracking.v1.TrackingService/ListRuns"]);
      await call('{"parent": "projects/default"}');
      const refusal = await call('{"parent": "projects/default", "page_size": -1}').then(String, String);
      expectPatterns(refusal, [/Code: InvalidArgument/, /page_size: /]);
    },
  },
];

/** The refusal of a wrong field as REST shows it. */
interface Refusal {
  readonly error?: {
    readonly status?: string;
    readonly details?: readonly {
      readonly "@type": string;
      readonly reason?: string;
      readonly fieldViolations?: readonly { readonly field: string }[];
    }[];
  };
}

export const restProofs: readonly Proof[] = [
  {
    name: "rest: a wrong field is refused with INVALID_ARGUMENT, its path and the reason",
    async run({ http }) {
      const response = await fetch(`${http}/v1/projects/default/runs?page_size=-1`);
      const text = await response.text();
      const { error } = JSON.parse(text) as Refusal;
      const fields = error?.details?.flatMap((it) => it.fieldViolations ?? []).map((it) => it.field);
      const reasons = error?.details?.flatMap((it) => it.reason ?? []);
      expectThat(
        response.status === 400 &&
          error?.status === "INVALID_ARGUMENT" &&
          fields?.join() === "page_size" &&
          reasons?.join() === "INVALID_FIELD",
        `the answer was ${response.status}: ${text}`,
      );
    },
  },
];

/** The `Service_Method` of every method that has a route. */
const operationIds = contracts.flatMap((service) =>
  service.methods.filter((it) => hasOption(it, route)).map((it) => `${service.name}_${it.name}`),
);

const MODELS = ["logistic3", "echo"].map((it) => `apps/inference-router/fixtures/${it}.onnx`) as [string, string];

/** Programs of others in Python; they run where the Python client is installed. */
export const foreignPythonProofs: readonly Proof[] = [
  {
    name: "openapi: a validator finds the document valid OpenAPI 3.1, and it has every REST method",
    run: async ({ http }) =>
      expectPatterns(await inPython("scripts/prove_openapi.py", `${http}/openapi.json`, ...operationIds), [/^valid$/m]),
  },
  {
    name: "open inference: tritonclient's clients (gRPC and HTTP, blocking, callbacks, streams, asyncio) work unmodified",
    run: async ({ grpc, http }) =>
      expectPatterns(await inPython("scripts/prove_open_inference.py", grpc, http, ...MODELS), [
        /^live, ready, metadata, configuration$/m,
        /^infer agrees$/m,
        /^every datatype, classes$/m,
        /^callbacks, streams, asyncio$/m,
        /^repository$/m,
        /^statistics$/m,
      ]),
  },
  {
    name: "python: a sealed part of the prediction log is read by pyarrow as it was answered",
    run: async ({ grpc }) =>
      expectPatterns(await inPython("scripts/prove_sealed_log.py", grpc, MODELS[0]), [/^3 rows of \d+ columns$/m]),
  },
  {
    name: "open inference: KServe's REST and gRPC clients work unmodified",
    run: async ({ grpc, http }) =>
      expectPatterns(await inPython("scripts/prove_kserve.py", grpc, http, MODELS[0]), [
        /^rest agrees$/m,
        /^grpc agrees$/m,
      ]),
  },
];
