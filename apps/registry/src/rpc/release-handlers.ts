import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateReleaseRequestSchema,
  type ReleaseService,
} from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { invalidField, type PageTokens } from "@throughline/kernel";
import { PROJECT, RELEASE } from "../domain/names.ts";
import { createRelease, getRelease, listReleases, type ReleaseDeps } from "../domain/releases.ts";
import { verifyRelease } from "../domain/verify-release.ts";
import { callOf, pageOf } from "./call.ts";
import { manifestFromProto, releaseToProto } from "./convert-release.ts";

/** The edge of ReleaseService: convert, call, convert. */
export const releaseHandlers = (
  deps: ReleaseDeps & { readonly pageTokens: PageTokens },
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
    const query = ["releases", request.parent];
    const page = await pageOf(deps.pageTokens, { query, request }, (it) => listReleases(deps, request.parent, it));
    return { releases: page.items.map(releaseToProto), nextPageToken: page.nextPageToken };
  },

  async verifyRelease({ name }) {
    RELEASE.parse(name);
    const parts = await verifyRelease(deps, name);
    return { verified: parts.every((it) => it.actualDigest === it.expectedDigest), parts: [...parts] };
  },
});
