import { posix } from "node:path";
import type { Problem, Rule } from "./problem.ts";
import type { Import } from "./source.ts";
import { isTest, packageOf, type Tree } from "./tree.ts";

/** Which tags the code of a tag may import. Tests may import the testing library besides. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  contracts: ["contracts"],
  pure: ["pure"],
  data: ["pure", "contracts", "data"],
  runtime: ["pure", "contracts", "runtime"],
  start: ["pure", "contracts", "data", "runtime"],
  app: ["pure", "contracts", "data", "runtime", "start"],
  testing: ["pure", "contracts", "data", "runtime", "start", "app", "testing"],
};

/** The one app that puts the others together. */
const COMPOSER = "apps/throughline";

/** Where each driver may be imported: the adapters. */
const DRIVERS: Readonly<Record<string, RegExp>> = {
  mongodb: /^libs\/(store\/src\/mongodb|testing\/)|^apps\/feature-store\/src\/store\//,
  minio: /^libs\/(blobs\/src\/s3|testing\/)/,
  "@duckdb/node-api": /^libs\/tables\/src\/engine\//,
  // What another system has written is read as it is, and never through our store.
  "node:sqlite": /^libs\/store\/src\/sqlite|^apps\/throughline\/src\/mlflow\/database-source\.ts$/,
  lmdb: /^apps\/feature-store\/src\/store\//,
  "onnxruntime-node": /^apps\/(feature-store\/src\/scoring|inference-router\/src\/host|registry\/src\/onnx)\//,
};

/** What `domain/` never imports, not even as a type. */
const NOT_IN_DOMAIN = ["@throughline/contracts", "@throughline/rpc", "@bufbuild", "@connectrpc", "@grpc"];
/** Libraries that `domain/` knows by their ports alone. */
const PORTS_IN_DOMAIN = ["@throughline/store", "@throughline/blobs", "@throughline/tables"];

export const importArrows: Rule = {
  name: "import arrows",
  mend: "Move the code to where both sides may see it, or turn the dependency round through a port.",
  find: (tree) => perImport(tree, (path, { specifier }) => arrowProblem(tree, path, specifier)),
};

function arrowProblem(tree: Tree, path: string, specifier: string): string | undefined {
  const from = packageOf(tree, path);
  if (!from) return undefined;
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(path), specifier);
    if (target.startsWith(`${from.folder}/`)) return undefined;
    return isTest(tree, path) ? undefined : `imports ${target}, which lies outside its package ${from.folder}`;
  }
  const to = tree.packages.find((it) => it.name === packageName(specifier));
  if (!to || to === from || from.folder === COMPOSER) return undefined;
  if (to.tag === "testing") return isTest(tree, path) ? undefined : `imports ${to.name}, which is for tests alone`;
  if (ARROWS[from.tag]?.includes(to.tag)) return undefined;
  return `is of tag ${from.tag} and imports ${to.name} of tag ${to.tag}`;
}

export const declaredDependencies: Rule = {
  name: "declared dependencies",
  mend: "Add the package to the package.json beside the code (or to the root's, for tools of tests).",
  find: (tree) =>
    perImport(tree, (path, { specifier }) => {
      const from = packageOf(tree, path);
      if (!from || /^(\.|node:|virtual:)/.test(specifier)) return undefined;
      const name = packageName(specifier);
      if (from.dependencies.has(name) || (isToolCode(tree, path) && tree.tools.has(name))) return undefined;
      // A package of types stands for the package that it describes.
      if (from.dependencies.has(`@types/${name}`)) return undefined;
      const workspace = isTest(tree, path) && name.startsWith("@throughline/");
      return workspace ? undefined : `imports ${name}, which ${from.folder}/package.json does not name`;
    }),
};

const isToolCode = (tree: Tree, path: string): boolean => isTest(tree, path) || path.endsWith(".config.ts");

export const driversInAdapters: Rule = {
  name: "drivers in adapters",
  mend: "Use the port; only its adapter talks to the driver.",
  find: (tree) =>
    perImport(tree, (path, { specifier }) => {
      const adapter = DRIVERS[packageName(specifier)];
      if (!adapter || adapter.test(path) || isTest(tree, path) || !packageOf(tree, path)) return undefined;
      return `imports the driver ${specifier}`;
    }),
};

export const pureDomain: Rule = {
  name: "pure domain",
  mend: "Keep wire types in rpc/convert.ts and storage in store/; the domain has types and ports of its own.",
  find: (tree) =>
    perImport(tree, (path, it) => {
      if (!path.includes("/domain/") || isTest(tree, path)) return undefined;
      const target = it.specifier.startsWith(".") ? posix.join(posix.dirname(path), it.specifier) : it.specifier;
      const name = packageName(it.specifier);
      const wrong =
        NOT_IN_DOMAIN.some((no) => name === no || name.startsWith(`${no}/`)) ||
        (PORTS_IN_DOMAIN.includes(name) && !it.typeOnly) ||
        name in DRIVERS ||
        /\/src\/(store|rpc)\//.test(target);
      return wrong ? `imports ${it.specifier} into the domain` : undefined;
    }),
};

export const edgesApart: Rule = {
  name: "rpc and store apart",
  mend: "Let main.ts hand the repository to the handlers, by its port in domain/.",
  find: (tree) =>
    perImport(tree, (path, { specifier }) => {
      const edge = /^(apps\/[^/]+\/src\/)(rpc|store)\//.exec(path);
      if (!edge || isTest(tree, path)) return undefined;
      const other = `${edge[1]}${edge[2] === "rpc" ? "store" : "rpc"}/`;
      return posix.join(posix.dirname(path), specifier).startsWith(other) ? `imports ${specifier}` : undefined;
    }),
};

export const testsStayOut: Rule = {
  name: "tests stay out",
  mend: "Import it from tests alone: what it needs (the test runner, say) is not there in production.",
  find: (tree) =>
    perImport(tree, (path, { specifier, typeOnly }) => {
      if (typeOnly || !specifier.startsWith(".") || isTest(tree, path) || !packageOf(tree, path)) return undefined;
      const target = posix.join(posix.dirname(path), specifier);
      return isTest(tree, target) ? `imports ${target}, which is test code` : undefined;
    }),
};

export const environmentInMain: Rule = {
  name: "environment in main",
  mend: "Read it in main.ts through config.ts and pass the value on.",
  find: (tree) =>
    [...tree.sources].flatMap(([path, source]) => {
      const free =
        isTest(tree, path) ||
        /(^|\/)(main|[^/]+\.config)\.ts$|^(scripts|tidy|infra)\/|^apps\/throughline\/bin\//.test(path);
      return free ? [] : source.environmentReads.map((line) => ({ path, line, what: "reads the environment" }));
    }),
};

function perImport(tree: Tree, check: (path: string, it: Import) => string | undefined): readonly Problem[] {
  return [...tree.sources].flatMap(([path, source]) =>
    source.imports.flatMap((it) => {
      const what = check(path, it);
      return what === undefined ? [] : [{ path, line: it.line, what }];
    }),
  );
}

/** `@a/b` of `@a/b/c`, and `a` of `a/b`; built-in modules stay whole. */
function packageName(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
