import { parseDocument } from "yaml";
import type { MlflowFacts } from "./model.ts";

/** The name of the file, at the top of a model's folder. */
export const MLMODEL_FILE = "MLmodel";
/** Larger files are not read: MLflow's have a few kilobytes, and a wide signature some more. */
export const MLMODEL_BYTES_MAX = 256 * 1024;
/** Reading takes up to 10 microseconds for each of them, in the process that serves everybody. */
const INDICATORS_MAX = 30_000;
const INDICATOR = /[[\]{},?&*!#\n]|[:-] /g;
/** References to other places of the file; MLflow writes none. */
const ALIASES_MAX = 20;
const FLAVORS_MAX = 100;
const TEXT_LENGTH_MAX = 250;

/** What was read from an `MLmodel` file. */
export interface MlmodelFile {
  readonly facts: MlflowFacts;
  /** Path of the ONNX file within the folder. Absent if the model has no ONNX flavor. */
  readonly onnxPath?: string;
}

type Members = ReadonlyMap<unknown, unknown>;

/**
 * Reads the text of an `MLmodel` file: plain YAML, of which nothing is ever made but texts, numbers, lists and maps. Says
 * in words what is wrong with a text that is none.
 */
export function readMlmodel(text: string): MlmodelFile | { readonly problem: string } {
  if ((text.match(INDICATOR)?.length ?? 0) > INDICATORS_MAX)
    return { problem: `it has more than ${INDICATORS_MAX} lines, members and marks` };
  try {
    // Comparing all keys of a map with each other takes too long for a hostile file.
    const document = parseDocument(text, {
      schema: "core",
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    });
    const [wrong] = document.errors;
    if (wrong) return { problem: `it is not YAML: ${wrong.message.slice(0, TEXT_LENGTH_MAX)}` };
    const top: unknown = document.toJS({ mapAsMap: true, maxAliasCount: ALIASES_MAX });
    return top instanceof Map ? mlmodelOf(top) : { problem: "it has no members" };
  } catch (error) {
    // Whatever reading a broken text throws is the text's fault.
    return { problem: `it cannot be read: ${String(error).slice(0, TEXT_LENGTH_MAX)}` };
  }
}

function mlmodelOf(top: Members): MlmodelFile | { readonly problem: string } {
  const flavors = top.get("flavors");
  if (!(flavors instanceof Map)) return { problem: "it names no flavors" };
  const onnx: unknown = flavors.get("onnx");
  const data = onnx instanceof Map ? onnx.get("data") : undefined;
  const signature = top.get("signature");
  return {
    facts: {
      flavors: [...flavors.keys()]
        .filter((it) => typeof it === "string")
        .slice(0, FLAVORS_MAX)
        .map(short),
      mlflowVersion: textOf(top.get("mlflow_version")),
      utcTimeCreated: textOf(top.get("utc_time_created")),
      modelId: textOf(top.get("model_id")) || textOf(top.get("model_uuid")),
      signatureJson: signature instanceof Map ? JSON.stringify(plain(signature)) : "",
    },
    ...(typeof data === "string" && { onnxPath: data.replace(/^\.\//, "") }),
  };
}

const short = (text: string): string => text.slice(0, TEXT_LENGTH_MAX);

const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? short(String(value)) : "";

/** Maps as objects, whatever their keys are. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...value].map(([key, member]) => [String(key), plain(member)]));
}
