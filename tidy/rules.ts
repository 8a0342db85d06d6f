import {
  declaredDependencies,
  driversInAdapters,
  edgesApart,
  environmentInMain,
  importArrows,
  pureDomain,
  testsStayOut,
} from "./arrows.ts";
import { importCircles, typeCircles } from "./circles.ts";
import type { Rule } from "./problem.ts";
import { deadFiles, namedExports, packageEntries, relativeImports } from "./reach.ts";
import { appReadmes, readmeCommands, readmePlaces } from "./readmes.ts";
import { fileSize, functionSize, literalSpreads, parameterCount } from "./size.ts";
import { leftovers, machinePaths, registryHosts } from "./words.ts";

/** Every rule of the code base. */
export const RULES: readonly Rule[] = [
  importArrows,
  importCircles,
  typeCircles,
  declaredDependencies,
  driversInAdapters,
  pureDomain,
  edgesApart,
  environmentInMain,
  testsStayOut,
  fileSize,
  functionSize,
  parameterCount,
  literalSpreads,
  relativeImports,
  packageEntries,
  namedExports,
  deadFiles,
  leftovers,
  registryHosts,
  machinePaths,
  appReadmes,
  readmePlaces,
  readmeCommands,
];
