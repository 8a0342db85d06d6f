import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateReleaseRequestSchema,
  ImportDeclarationSchema,
  type ReleaseService,
} from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { invalidField, type PageTokens } from "@throughline/kernel";
import { toMs } from "@throughline/rpc";
import { atInstant } from "../domain/at-instant.ts";
import { diffReleases } from "../domain/diff-releases.ts";
import { type ExportDeps, exportRelease } from "../domain/export-release.ts";
import type { GateDeps } from "../domain/gate-facts.ts";
import { type ImportDeps, importRelease } from "../domain/import-release.ts";
import { PROJECT, RELEASE } from "../domain/names.ts";
import { createRelease, getRelease, listReleases } from "../domain/releases.ts";
import { verifyRelease } from "../domain/verify-release.ts";
import { callOf, pageOf, thenOf } from "./call.ts";
import { differenceToProto, manifestFromProto, releaseToProto } from "./convert-release.ts";
import { importedBytes, manifestFromBytes, plainBytes } from "./release-bytes.ts";

/** The edge of ReleaseService: convert, call, convert. */
export const releaseHandlers = (
  deps: ImportDeps & ExportDeps & GateDeps & { readonly pageTokens: PageTokens },
): ServiceImpl<typeof ReleaseService> => ({
  async createRelease(request, context) {
    const { parent, manifest, description } = request;
    PROJECT.parse(parent, "parent");
    if (!manifest) throw invalidField("manifest", "it is missing");
    const call = callOf(CreateReleaseRequestSchema, request, { resource: parent, context });
    const release = await createRelease(deps, call, { manifest: manifestFromProto(manifest), description });
    return { release: releaseToProto(release) };
  },

  async getRelease({ name }) {
    RELEASE.parse(name);
    return { release: releaseToProto(await getRelease(deps, name)) };
  },

  async listReleases(request) {
    PROJECT.parse(request.parent, "parent");
    const of = { project: request.parent, ...thenOf(request) };
    const query = ["releases", of];
    const page = await pageOf(deps.pageTokens, { query, request }, (it) => listReleases(deps, of, it));
    return { releases: page.items.map(releaseToProto), nextPageToken: page.nextPageToken };
  },

  async verifyRelease({ name }) {
    RELEASE.parse(name);
    const parts = await verifyRelease(deps, name);
    return { verified: parts.every((it) => it.actualDigest === it.expectedDigest), parts: [...parts] };
  },

  async diffReleases({ name, base, asOf }) {
    RELEASE.parse(name);
    RELEASE.parse(base, "base");
    return {
      differences: (await diffReleases(atInstant(deps, asOf && toMs(asOf)), { name, base })).map(differenceToProto),
    };
  },

  async *exportRelease({ name }) {
    RELEASE.parse(name);
    for await (const piece of exportRelease(deps, name)) yield { data: plainBytes(piece) };
  },

  async importRelease(requests, context) {
    const messages = requests[Symbol.asyncIterator]();
    const first = await messages.next();
    const declaration = first.done ? undefined : first.value.declaration;
    if (first.done || declaration === undefined)
      throw invalidField("declaration", "the first message of an import has to declare what comes");
    const { parent, digest } = declaration;
    PROJECT.parse(parent, "declaration.parent");
    const call = callOf(ImportDeclarationSchema, declaration, { resource: parent, context });
    const source = importedBytes(first.value.data, messages);
    const imported = await importRelease(deps, call, { source, digest, readManifest: manifestFromBytes });
    return { release: releaseToProto(imported.release), existed: imported.existed };
  },
});
