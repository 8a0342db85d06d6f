import { createRegistry } from "@bufbuild/protobuf";
import { servicesOf } from "@throughline/contracts";
import { expect, test } from "vitest";
import { requestMessage } from "./request-message.ts";
import { routesOf } from "./routes.ts";

const upload = routesOf(servicesOf(["tracking"])).find((it) => it.method.name === "UploadArtifact");

test.each([
  ["declaration.media_typ", "no such field: UploadDeclaration has parent, "],
  ["declaraton.media_type", "no such field: UploadArtifactRequest has declaration, "],
])("%s in a query is refused with the fields that there are: %s", (name, told) => {
  const query = new URLSearchParams([[name, "x"]]);
  if (!upload) return expect.unreachable();
  expect(() => requestMessage(upload, { pathValues: ["p"], query, body: undefined }, createRegistry())).toThrow(told);
});
