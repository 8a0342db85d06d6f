import { parseExact } from "@throughline/kernel";
import { experimentOf, loggedModelOf, modelOf, pointOf, runOf, versionOf } from "./rest-json.ts";
import { type ArtifactOwner, ArtifactsUnreachable, type MlflowSource, type SourceFile } from "./source.ts";

type Json = Readonly<Record<string, unknown>>;

/** How long one answer may take to begin. */
const TIMEOUT_MS = 60_000;
const PAGE = 1_000;
const POINTS_PAGE = 25_000;
/** More than the platform takes: a longer one cannot be imported anyway. */
const PATH_CHARACTERS_MAX = 2_000;

/**
 * Reads a server that speaks MLflow's REST API. It is called by this command, from the user's machine: the platform itself
 * never connects to an address that somebody names.
 */
export function restSource(baseUrl: string, token: string | undefined): MlflowSource {
  const server = restServer(baseUrl, token);
  return {
    async *experiments() {
      const body = { view_type: "ALL", max_results: PAGE };
      for await (const it of server.pages({ verb: "POST", path: "experiments/search", fields: body }, "experiments"))
        yield experimentOf(it);
    },
    async *runs(experimentId) {
      const body = { experiment_ids: [experimentId], run_view_type: "ALL", max_results: PAGE };
      for await (const it of server.pages({ verb: "POST", path: "runs/search", fields: body }, "runs")) {
        const { id } = runOf(it);
        // A search leaves out which models a run has read.
        yield id === ""
          ? runOf(it)
          : runOf((await server.call({ verb: "GET", path: "runs/get", fields: { run_id: id } }))["run"]);
      }
    },
    async *history(runId, key) {
      const query = { run_id: runId, metric_key: key, max_results: POINTS_PAGE };
      for await (const it of server.pages({ verb: "GET", path: "metrics/get-history", fields: query }, "metrics"))
        yield pointOf(it);
    },
    async *loggedModels(experimentId) {
      const body = { experiment_ids: [experimentId], max_results: 50 };
      for await (const it of server.pages({ verb: "POST", path: "logged-models/search", fields: body }, "models"))
        yield loggedModelOf(it);
    },
    files: (owner) => filesBelow(server, owner, ""),
    async *models() {
      for await (const it of server.pages(
        { verb: "GET", path: "registered-models/search", fields: { max_results: 100 } },
        "registered_models",
      ))
        yield modelOf(it);
    },
    async *versions(model) {
      const query = { filter: `name = '${model.replaceAll("'", "''")}'`, max_results: PAGE };
      const found = [];
      for await (const it of server.pages(
        { verb: "GET", path: "model-versions/search", fields: query },
        "model_versions",
      ))
        found.push(versionOf(it));
      yield* found.sort((a, b) => a.version - b.version);
    },
    async location(model, version) {
      const fields = { name: model, version };
      return String(
        (await server.call({ verb: "GET", path: "model-versions/get-download-uri", fields }))["artifact_uri"],
      );
    },
    damaged: () => [],
    close() {},
  };
}

/** A call of the API: the path below its root, and the fields of the query or of the body. */
interface Asked {
  readonly verb: "GET" | "POST";
  readonly path: string;
  readonly fields: Json;
}

interface RestServer {
  /** The object below a path of the server. */
  read(path: string): Promise<Json>;
  call(asked: Asked): Promise<Json>;
  /** The items of all pages. */
  pages(asked: Asked, member: string): AsyncIterable<Json>;
  download(path: string): AsyncIterable<Uint8Array>;
}

function restServer(baseUrl: string, token: string | undefined): RestServer {
  const base = baseUrl.replace(/\/+$/, "");
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const answer = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = { ...authorization, ...(init.body ? { "content-type": "application/json" } : {}) };
    const impatience = new AbortController();
    const timer = setTimeout(() => impatience.abort(new Error(`nothing for ${TIMEOUT_MS / 1_000} s`)), TIMEOUT_MS);
    // A server that sends the command elsewhere could have it fetch what only this machine can reach.
    const asked = fetch(`${base}${path}`, { ...init, headers, signal: impatience.signal, redirect: "manual" });
    const response = await asked
      .catch((error: Error) => {
        throw new Error(`${base} does not answer: ${causeOf(error)}`);
      })
      .finally(() => clearTimeout(timer));
    if (!response.ok) throw new Error(`${base}${path} answered ${response.status}: ${await firstOf(response)}`);
    return response;
  };
  const read: RestServer["read"] = async (path) => parsed(await (await answer(path)).text(), `${base}${path}`);
  const call: RestServer["call"] = async ({ verb, path, fields }) => {
    const url = `/api/2.0/mlflow/${path}`;
    const texts = Object.entries(fields).map(([key, value]): [string, string] => [key, String(value)]);
    if (verb === "GET") return read(`${url}?${new URLSearchParams(texts)}`);
    const response = await answer(url, { method: "POST", body: JSON.stringify(fields) });
    return parsed(await response.text(), `${base}${url}`);
  };
  return {
    read,
    call,
    async *pages({ verb, path, fields }, member) {
      const seen = new Set<unknown>();
      for (let token: unknown = ""; token !== undefined; ) {
        if (seen.has(token)) throw new Error(`${base}: the pages of ${path} come round again`);
        seen.add(token);
        const page = await call({ verb, path, fields: token === "" ? fields : { ...fields, page_token: token } });
        yield* recordsIn(page[member] ?? [], `${base}: ${member} of ${path}`);
        token = page["next_page_token"] || undefined;
      }
    },
    async *download(path) {
      const { body } = await answer(path);
      if (body) yield* body;
    },
  };
}

/** Fails with what was asked if the answer is none of this API. */
function parsed(text: string, asked: string): Json {
  let value: unknown;
  try {
    value = parseExact(text);
  } catch {
    throw new Error(`${asked} did not answer with JSON, but with ${JSON.stringify(text.slice(0, 100))}. Is it MLflow?`);
  }
  if (typeof value !== "object" || value === null)
    throw new Error(`${asked} did not answer with an object. Is it MLflow?`);
  return value as Json;
}

function recordsIn(value: unknown, what: string): readonly Json[] {
  if (Array.isArray(value) && value.every((it) => typeof it === "object" && it !== null)) return value;
  throw new Error(`${what} are not a list of records. Is it MLflow?`);
}

async function* filesBelow(server: RestServer, owner: ArtifactOwner, folder: string): AsyncIterable<SourceFile> {
  for (const entry of await entriesOf(server, owner, folder)) {
    const path = String(entry["path"]);
    // An answer that leads nowhere new could go on forever.
    if (!path.startsWith(folder === "" ? "" : `${folder}/`) || path === folder || path.length > PATH_CHARACTERS_MAX)
      throw new ArtifactsUnreachable(owner, `${JSON.stringify(path)} is said to be in ${JSON.stringify(folder)}`);
    if (entry["is_dir"] === true) yield* filesBelow(server, owner, path);
    else yield { path, read: () => server.download(downloadPath(owner, path)) };
  }
}

async function entriesOf(server: RestServer, owner: ArtifactOwner, folder: string): Promise<readonly Json[]> {
  const path = folder === "" ? {} : { path: folder };
  const query: Json = { run_id: owner.id, ...path };
  try {
    if (owner.kind === "version") return await servedEntries(server, owner, folder);
    const answered =
      owner.kind === "run"
        ? await server.call({ verb: "GET", path: "artifacts/list", fields: query })
        : await server.call({
            verb: "GET",
            path: `logged-models/${owner.id}/artifacts/directories`,
            fields: folderQuery(folder),
          });
    return recordsIn(answered["files"] ?? [], `the files of ${owner.kind} ${owner.id}`);
  } catch (error) {
    throw new ArtifactsUnreachable(owner, (error as Error).message);
  }
}

/** What is in a folder that the server serves itself, with paths from the top of the owner's files. */
async function servedEntries(server: RestServer, owner: ArtifactOwner, folder: string): Promise<readonly Json[]> {
  const top = servedPath(owner);
  if (top === undefined) throw new Error("it is not served by that server");
  const query = new URLSearchParams({ path: folder === "" ? top : `${top}/${folder}` });
  const answered = await server.read(`/api/2.0/mlflow-artifacts/artifacts?${query}`);
  const below = (it: Json): Json => ({ ...it, path: folder === "" ? it["path"] : `${folder}/${it["path"]}` });
  return recordsIn(answered["files"] ?? [], `the files of ${owner.kind} ${owner.id}`).map(below);
}

const servedPath = ({ artifactUri }: ArtifactOwner): string | undefined =>
  /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+?)\/*$/.exec(artifactUri)?.[1];

const folderQuery = (folder: string): Json => (folder === "" ? {} : { artifact_directory_path: folder });

/** A server that serves files itself says so in their address; any other reads them for its own pages. */
function downloadPath(owner: ArtifactOwner, path: string): string {
  const { kind, id } = owner;
  const served = servedPath(owner);
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  if (served !== undefined) return `/api/2.0/mlflow-artifacts/artifacts/${served}/${encoded}`;
  if (kind === "run") return `/get-artifact?${new URLSearchParams({ path, run_uuid: id })}`;
  return `/ajax-api/2.0/mlflow/logged-models/${id}/artifacts/files?${new URLSearchParams({ artifact_file_path: path })}`;
}

const causeOf = (error: Error): string => (error.cause instanceof Error ? error.cause.message : error.message);

const firstOf = async (response: Response): Promise<string> => (await response.text()).slice(0, 300);
